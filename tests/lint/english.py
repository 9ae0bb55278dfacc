# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers
"""Finds phrases that are not natural English in comments, string literals, docstrings and pages.

A block is one piece of text: a comment, adjacent string literals, a paragraph, a table cell. Its words are separated by
single spaces, so a phrase is also found across the end of a line.
"""

import bisect
import io
import re
import tokenize

# A sentence must not begin with a relative clause as its subject. Questions are fine.
START = r"(?:^|(?<=[.:;!?] ))"
VERB = (
    "is|are|was|were|has|had|have|comes?|came|can|cannot|can't|could|may|must|does|do|goes|needs?|follows?|stands?|"
    "waits?|belongs?|matters?|takes?|gets?|gives?|knows?|wants?|says?|names?|asks?|listens?|sends?|becomes?|begins?"
)
NOT_NOUNS = "longer|more|less|better|worse|later|larger|smaller|other|different"
# Each pattern, and what to write instead.
PHRASES = (
    (rf"(?<!\b[Tt]here )\b(?:is|are|was|were) no (?!(?:{NOT_NOUNS})\b)\w+", '"is not a ..."'),
    (r"(?<!\b[Tt]here )\b(?:is|are) none\b", '"is not one", "is absent"'),
    (r"\b(?:un)?tol[d]\b(?! to\b)", '"notified", "reported", "sent"'),
    (r"\btell(?:s|ing)? (?:of|about|so|whether)\b", '"report", "notify"'),
    (r"\b[Ss]a(?:ys?|id) whether\b", '"returns", "reports", "shows"'),
    (r"\b(?:is|are|be|been|was|were) said\b", '"reported", "sent", "logged"'),
    (r"\bso (?:many|much)\b(?! that\b)", '"number of", "at most"'),
    (r"\bas (?:many|much) as\b", '"the number of", "up to"'),
    (r"\bas may be\b", '"at most", "the maximum"'),
    (r"\bthat soon\b", '"within ..."'),
    (r"\bof itself\b", '"about itself", "by itself"'),
    (r"\bof (?:ours|theirs)\b", '"our", "their", or name the owner'),
    (rf"{START}Who(?:ever)? [^.?]*(?:[.;:]|$)", 'a noun as the subject: "A client that ..."'),
    (rf"{START}What (?:{VERB})\b[^.?]*\.", "a noun as the subject"),
    (r"\bfor ever\b", '"permanently", "without end"'),
    (r"\b(?:is|are|was|were|has|have) gone\b", '"has been freed", "closed", "removed", "no longer exists"'),
    (r"\b(?:is|are|be|was|stays?) whole\b", '"complete", "undamaged"'),
    (r"\blately\b", '"recently"'),
    (r"\banew\b", '"again"'),
    (r"\bmend(?:s|ed|ing)?\b", '"fix", "repair"'),
    (r"\bheard of\b", '"seen", "heard from"'),
    (r"\b(?:is|are|be|been|was|were) looked at\b", '"checked", "read"'),
    (r"\bstands? (?:in|there|at|beside|on)\b", '"is in", "is at"'),
    (r"\bbecomes? of\b", '"happens to"'),
    (r"\bthe wall's\b", '"wall clock"'),
    (r"\bin the making\b", '"in progress"'),
    (r"\b(?:[Tt]he|these|whose) books\b", '"the counters"'),
)
_PHRASES = tuple((re.compile(pattern), better) for pattern, better in PHRASES)

_C = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""", re.S
)
_JS = re.compile(
    r"""(?P<comment>/\*.*?\*/|(?<![:\\"'])//[^\n]*|<!--.*?-->)|(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|(?<=[\w"'/]>)[^<>{}=]+(?=</))""",
    re.S,
)


def _tokens_of(pattern, text):
    for m in pattern.finditer(text):
        kind = "comment" if m.group("comment") else "string"
        yield kind, m.start(), m.end()


def _tokens_of_python(text):
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            name = tokenize.tok_name[token.type]
            if name in ("COMMENT", "STRING", "FSTRING_MIDDLE"):
                kind = "comment" if name == "COMMENT" else "string"
                yield kind, starts[token.start[0] - 1] + token.start[1], starts[token.end[0] - 1] + token.end[1]
    except (tokenize.TokenError, SyntaxError):
        return  # python-syntax reports it


def _tokens_of_lines(text):
    """The comments of a script."""
    for m in re.finditer(r"(?:^|(?<=\s))#[^\n]*", text):
        yield "comment", m.start(), m.end()


def _tokens_of_page(text):
    """The paragraphs and table cells of a Markdown page."""
    for m in re.finditer(r"(?:[^\n|]+(?:\n(?!\s*(?:[-*#|\n]|\d+\.)))?)+", text):
        yield "page", m.start(), m.end()


def _without_examples(text):
    """A Markdown page with its code blocks, its code spans and the generated code map blanked."""
    return re.sub(r"<!-- code map.*?of the code map -->|```.*?```|(?m:^    [^\n]*$)|`[^`\n]*`", lambda m: re.sub(r"\S", "\1", m.group(0)), text, flags=re.S)


def _tokens(path, text):
    if path.endswith((".c", ".h")):
        return _tokens_of(_C, text)
    if path.endswith((".js", ".mjs", ".vue", ".css")):
        return _tokens_of(_JS, text)
    if path.endswith(".py") or re.match(r"#!.*python", text):
        return _tokens_of_python(text)
    if path.endswith(".md"):
        return _tokens_of_page(text)
    return _tokens_of_lines(text)


def blocks(path, text):
    """Yields (text, positions): a block with single spaces, and for each word (place in the block, place in the file)."""
    text = _without_examples(text) if path.endswith(".md") else text
    kind, at, pieces = None, 0, []
    for other, start, end in _tokens(path, text):
        if pieces and (other != kind or other == "page" or text[at:end - (end - start)].strip(" \t\nfrb")):
            yield _block(pieces)
            pieces = []
        kind, at = other, end
        pieces.append((start, text[start:end]))
    if pieces:
        yield _block(pieces)


def _block(pieces):
    words, positions, length = [], [], 0
    for start, piece in pieces:
        piece = re.sub(r"\\n|^[frb]*[\"']+|[\"']+$", lambda m: " " * len(m.group(0)), piece)
        for m in re.finditer(r"[^\s*/#]\S*", piece):
            words.append(m.group(0))
            positions.append((length, start + m.start()))
            length += len(m.group(0)) + 1
    return " ".join(words), positions


def problems(path, text):
    """Yields (line, phrase, what to write instead)."""
    for block, positions in blocks(path, text):
        for phrase, better in _PHRASES:
            for m in phrase.finditer(block):
                word = bisect.bisect_right(positions, (m.start(), len(text))) - 1
                found = m.group(0) if len(m.group(0)) < 50 else m.group(0)[:50] + "..."
                yield text.count("\n", 0, positions[word][1]) + 1, found, better
