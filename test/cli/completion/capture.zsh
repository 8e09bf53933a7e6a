# zsh -f capture.zsh SCRIPT "event-trackers WORD…": presses Tab in an interactive zsh, and prints the completions.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT= RPROMPT=; autoload -Uz compinit && compinit -u -d $ZDOTDIR/dump; source ${(q)1}"
# Prints what is added as a completion, between two marks, instead of completing it.
zpty -w shell 'compadd() { local -a hits; builtin compadd -A hits "$@"; print -l -- $hits }
before() { print @begin@ }; after() { print @end@; exit }; compprefuncs=(before); comppostfuncs=(after)
bindkey "^I" complete-word; print REA""DY'
zpty -r shell output '*READY*'
zpty -w -n shell "$2"$'\t'
zpty -r shell output '*@end@*'
print -r -- "$output"
