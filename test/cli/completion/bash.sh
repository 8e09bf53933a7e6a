# bash --norc bash.sh SCRIPT WORD…: prints the completions of the last word.
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
function=$(complete -p event-trackers | sed 's/.*-F \([^ ]*\).*/\1/')
"$function"
printf '%s\n' "${COMPREPLY[@]}"
