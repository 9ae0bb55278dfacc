# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers
#
# bash completion for belfry, belfry-broker and belfry-edge. It reads their --help, so it always fits the programs.
# Installed once under each of the three names.

# Prints the commands in the text of `belfry --help`.
_belfry_commands() {
    local line
    while IFS= read -r line; do
        [[ $line =~ ^\ \ ([a-z][a-z-]*)\  ]] && printf '%s\n' "${BASH_REMATCH[1]}"
    done
}

# Prints the options in a --help text, one per line: `--[no-]json` is --json and --no-json.
_belfry_options() {
    local line name
    while IFS= read -r line; do
        [[ $line =~ ^\ \ --(\[no-\])?([a-z0-9-]+) ]] || continue
        name=${BASH_REMATCH[2]}
        printf -- '--%s\n' "$name"
        [[ -n ${BASH_REMATCH[1]} ]] && printf -- '--no-%s\n' "$name"
    done
}

# Prints the name of an option's value, or its choices as a|b|c. Fails if it takes no value.
_belfry_value() {
    local option=$1 line
    while IFS= read -r line; do
        [[ $line =~ ^\ \ "$option"\ ([^ ]+) ]] || continue
        local value=${BASH_REMATCH[1]}
        # The choices may be in parentheses after the description.
        [[ $line =~ \(([A-Za-z0-9]+(\|[A-Za-z0-9]+)+)\) ]] && value=${BASH_REMATCH[1]}
        printf '%s\n' "$value"
        return 0
    done
    return 1
}

_belfry() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local program=${COMP_WORDS[0]} command= help value
    COMPREPLY=()

    if [[ ${program##*/} == belfry ]]; then
        if ((COMP_CWORD == 1)) || { ((COMP_CWORD == 2)) && [[ $previous == help ]]; }; then
            mapfile -t COMPREPLY < <(compgen -W "$("$program" --help 2>/dev/null | _belfry_commands)
                help --help --version" -- "$current")
            return
        fi
        command=${COMP_WORDS[1]}
    fi
    help=$("$program" ${command:+"$command"} --help 2>/dev/null) || return

    if [[ $previous == --* ]] && value=$(_belfry_value "$previous" <<<"$help"); then
        case $value in
        *\|*) mapfile -t COMPREPLY < <(compgen -W "${value//|/ }" -- "$current") ;;
        DIR | DIRECTORY) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
        FILE) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
        esac
    elif [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_belfry_options <<<"$help")" -- "$current")
    elif [[ $command == @(backup|restore|check|keygen) ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}

complete -F _belfry belfry belfry-broker belfry-edge
