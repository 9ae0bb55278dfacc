# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers
#
# Makes a web page of one of the pages of deploy/docs. It reads the Markdown that those pages use and stops at
# anything else: headings, paragraphs, lists of one level, tables, fenced code, quotes, comments; and in a line
# `code`, **strong**, *emphasis*, [links](page.md#heading), and \ before a character that stands for itself.
#
#   awk -v folder=deploy/docs -v pages='README http ...' -f render.awk deploy/docs/http.md > http.html
#
# `pages` are those that are served, in the order of the menu; README is the index. A link to any other file becomes
# plain text.

function fail(what) {
    printf "%s:%d: %s\n", FILENAME, FNR, what > "/dev/stderr"
    failed = 1
    exit 1
}

function escape(s) {
    gsub(/&/, "\\&amp;", s)
    gsub(/</, "\\&lt;", s)
    gsub(/>/, "\\&gt;", s)
    gsub(/"/, "\\&quot;", s)
    return s
}

# The address of a link on this page, or "".
function address(url,    name, fragment) {
    if (url ~ /^(https?:\/\/|#)/)
        return url
    fragment = ""
    if (match(url, /#/)) {
        fragment = substr(url, RSTART)
        url = substr(url, 1, RSTART - 1)
    }
    name = url
    if (!sub(/\.md$/, "", name) || !(name in served))
        return ""
    return page_address(name) fragment
}

# Pages are at /docs/NAME, the index is at /docs.
function page_address(name) {
    if (name == "README")
        return this == "README" ? "docs" : "../docs"
    return this == "README" ? "docs/" name : name
}

function inline(s,    out, c, at, text, url, ticks) {
    out = ""
    while (s != "") {
        c = substr(s, 1, 1)
        if (c == "\\" && substr(s, 2, 1) ~ /[^A-Za-z0-9 ]/) {
            out = out escape(substr(s, 2, 1))
            s = substr(s, 3)
        } else if (c == "`") {
            match(s, /^`+/)
            ticks = substr(s, 1, RLENGTH)
            s = substr(s, RLENGTH + 1)
            at = index(s, ticks)
            if (at == 0)
                fail("code without its end")
            text = substr(s, 1, at - 1)
            if (length(ticks) > 1)
                gsub(/^ | $/, "", text)
            out = out "<code>" escape(text) "</code>"
            s = substr(s, at + length(ticks))
        } else if (c == "[" && match(s, /^\[[^]]*(\[[^]]*\][^]]*)*\]\([^)]*\)/)) {
            text = substr(s, 1, RLENGTH)
            s = substr(s, RLENGTH + 1)
            at = match(text, /\]\([^)]*\)$/)
            url = address(substr(text, at + 2, length(text) - at - 2))
            text = inline(substr(text, 2, at - 2))
            out = out (url == "" ? text : "<a href=\"" escape(url) "\">" text "</a>")
        } else if (match(s, /^\*\*[^* ]([^*]*[^* ])?\*\*/)) {
            text = substr(s, 3, RLENGTH - 4)
            s = substr(s, RLENGTH + 1)
            out = out "<strong>" inline(text) "</strong>"
        } else if (match(s, /^\*[^* ]([^*]*[^* ])?\*/)) {
            text = substr(s, 2, RLENGTH - 2)
            s = substr(s, RLENGTH + 1)
            out = out "<em>" inline(text) "</em>"
        } else {
            out = out escape(c)
            s = substr(s, 2)
        }
    }
    return out
}

# The anchor of a heading, as GitHub makes it.
function anchor(s,    n, name) {
    s = tolower(s)
    gsub(/\]\([^)]*\)/, "", s)
    gsub(/[^a-z0-9 _-]/, "", s)
    gsub(/ /, "-", s)
    name = s
    for (n = 1; name in anchors; n++)
        name = s "-" n
    anchors[name] = 1
    return name
}

# Ends the block that is open.
function close_block() {
    if (block == "p")
        body = body "<p>" inline(text) "</p>\n"
    else if (block == "quote")
        body = body "<blockquote><p>" inline(text) "</p></blockquote>\n"
    else if (block == "ul" || block == "ol")
        body = body "<li>" inline(text) "</li>\n</" block ">\n"
    else if (block == "table")
        body = body "</tbody>\n</table></div>\n"
    block = ""
    text = ""
}

function item(kind, line) {
    if (block == kind)
        body = body "<li>" inline(text) "</li>\n"
    else {
        close_block()
        body = body "<" kind ">\n"
    }
    block = kind
    text = line
}

# A row of a table. One about a problem can be linked to: that is where the `type` of a problem leads.
function row(line, tag,    n, i, cells, id, kind) {
    sub(/^ *\|/, "", line)
    sub(/\| *$/, "", line)
    gsub(/\\\|/, "\001", line)
    n = split(line, cells, "|")
    id = ""
    if (match(cells[1], /^ *`\/problems\/[a-z-]+` *$/)) {
        id = cells[1]
        gsub(/^ *`\/problems\/|` *$/, "", id)
        id = " id=\"problem-" id "\""
    }
    body = body "<tr" id ">"
    for (i = 1; i <= n; i++) {
        gsub(/\001/, "|", cells[i])
        gsub(/^ +| +$/, "", cells[i])
        cells[i] = inline(cells[i])
        # A long path may be broken at its slashes.
        if (i == 1 && length(cells[i]) > 45 && sub(/^<code>/, "<code class=\"path\">", cells[i]))
            gsub(/[^<]\//, "&<wbr>", cells[i])
        kind = cells[i] == "" ? "td" : tag # an empty header is not a header
        body = body "<" kind ">" cells[i] "</" kind ">"
    }
    body = body "</tr>\n"
}

function heading(line,    level, id) {
    match(line, /^#+/)
    level = RLENGTH
    line = substr(line, level + 2)
    if (level > 3)
        fail("a heading of more than three levels")
    id = anchor(line)
    if (level == 1)
        title = line
    body = body "<h" level (level == 1 ? ">" : " id=\"" id "\">") inline(line) "</h" level ">\n"
    if (level == 2)
        contents = contents "<li><a href=\"#" id "\">" inline(line) "</a></li>\n"
}

function title_of(name,    line) {
    if ((getline line < (folder "/" name ".md")) <= 0 || line !~ /^# /)
        fail(name ".md must begin with its title")
    close(folder "/" name ".md")
    return substr(line, 3)
}

BEGIN {
    count = split(pages, list, " ")
    for (i = 1; i <= count; i++)
        served[list[i]] = 1
    this = ARGV[1]
    sub(/.*\//, "", this)
    sub(/\.md$/, "", this)
}

fence != "" {
    if ($0 == fence) {
        fence = ""
        body = body "</code></pre>\n"
    } else
        body = body escape($0) "\n"
    next
}

/^```/ {
    close_block()
    match($0, /^`+/)
    fence = substr($0, 1, RLENGTH)
    # What an earlier command shows is not joined to the command before it.
    kind = $0 !~ / output( |$)/ ? "" : $0 ~ / background( |$)/ ? "later" : "output"
    body = body "<pre tabindex=\"0\"" (kind == "" ? "" : " class=\"" kind "\"") "><code>"
    next
}
/^<!--.*-->$/ { next }
/^$/ {
    close_block()
    next
}
/^#/ {
    close_block()
    heading($0)
    next
}
/^\|/ {
    if (block == "table") {
        if ($0 !~ /^\|[ |:-]+$/)
            row($0, "td")
        next
    }
    close_block()
    block = "table"
    body = body "<div class=\"wide\" tabindex=\"0\"><table>\n<thead>\n"
    row($0, "th")
    body = body "</thead>\n<tbody>\n"
    next
}
/^[-*] / {
    item("ul", substr($0, 3))
    next
}
/^[0-9]+\. / {
    sub(/^[0-9]+\. /, "")
    item("ol", $0)
    next
}
/^> / {
    if (block != "quote")
        close_block()
    text = text (block == "quote" ? " " : "") substr($0, 3)
    block = "quote"
    next
}
/^ / {
    if (block != "ul" && block != "ol" || $0 ~ /^ +([-*]|[0-9]+\.) /)
        fail("only the text of a list is indented, and lists have one level")
    sub(/^ +/, "")
    text = text " " $0
    next
}
/^(<|\+ |---|===)/ { fail("this Markdown is not known here") }
{
    if (block == "table")
        fail("text within a table")
    if (block == "")
        block = "p"
    else
        text = text " "
    text = text $0
}

END {
    if (failed)
        exit 1
    close_block()
    if (fence != "")
        fail("the fence is not closed")
    if (title == "")
        fail("the page has no title")
    base = this == "README" ? "" : "../"
    print "<!doctype html>"
    print "<html lang=\"en\">"
    print "<head>"
    print "<meta charset=\"utf-8\">"
    print "<title>" (this == "README" ? "Belfry documentation" : escape(title) " · Belfry") "</title>"
    print "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    print "<meta name=\"color-scheme\" content=\"light dark\">"
    print "<link rel=\"icon\" type=\"image/svg+xml\" href=\"" base "favicon.svg\">"
    print "<link rel=\"stylesheet\" href=\"" base "docs.css\">"
    print "</head>"
    print "<body>"
    print "<header><a class=\"name\" href=\"" page_address("README") "\">Belfry</a>" \
        "<a href=\"" base "openapi.json\">OpenAPI</a></header>"
    print "<nav aria-label=\"Pages\">\n<ul>"
    for (i = 1; i <= count; i++) {
        if (list[i] == this)
            print "<li><a href=\"" page_address(this) "\" aria-current=\"page\">" escape(title_of(this)) "</a>" \
                (contents == "" ? "" : "\n<ul>\n" contents "</ul>\n") "</li>"
        else
            print "<li><a href=\"" page_address(list[i]) "\">" escape(title_of(list[i])) "</a></li>"
    }
    print "</ul>\n</nav>"
    print "<main>"
    printf "%s", body
    print "</main>"
    print "</body>"
    print "</html>"
}
