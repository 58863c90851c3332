#compdef stella
# Completion of stella for zsh. Put it into a directory of $fpath as _stella, or
# source it after compinit:
#
#	source <(stella doctor completion zsh)
#
# The program itself says what may stand at the cursor; see its hidden command
# __complete.

_stella() {
	local program=${${(Q)words[1]}/#\~\//$HOME/}
	local -a lines plain open shown
	lines=("${(@f)$("$program" __complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
	local kind=${lines[1]%%$'\t'*} prefix=${lines[1]#*$'\t'} line word
	for line in "${(@)lines[2,-1]}"; do
		word=${line%%$'\t'*}
		if [[ $word == *= ]]; then
			open+=("$word")
		else
			plain+=("$word")
			shown+=("$word  ${line#*$'\t'}")
		fi
	done
	local found=1
	if (( $#open )); then
		compadd -S '' -- "${open[@]}" && found=0
	fi
	if (( $#plain )); then
		compadd -l -d shown -- "${plain[@]}" && found=0
	fi
	case $kind in
	(files|wasm|dirs)
		compset -p $#prefix
		if [[ $kind == dirs ]]; then
			_files -/ && found=0
		elif [[ $kind == wasm ]]; then
			{ _files -g '*.wasm(-.)' || _files } && found=0
		else
			_files && found=0
		fi
		;;
	esac
	return found
}

if [[ $funcstack[1] == _stella ]]; then
	_stella "$@"
else
	(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
	compdef _stella stella
fi
