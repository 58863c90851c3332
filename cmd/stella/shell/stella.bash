# Completion of stella for bash. Source it, for example from ~/.bashrc:
#
#	source <(stella doctor completion bash)
#
# The program itself says what may stand at the cursor; see its hidden command
# __complete.

__stella_complete() {
	local line=${COMP_LINE:0:COMP_POINT} words=() word blank i
	# Bash breaks words at = and : as well; what no blank parts is one word.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		blank=${line%%[![:space:]]*}
		line=${line#"$blank"}
		word=${COMP_WORDS[i]}
		if ((i == COMP_CWORD)); then
			word=$line # only what stands before the cursor
		fi
		line=${line#"$word"}
		if ((i == 0)) || [[ $blank ]]; then
			words+=("$word")
		else
			words[${#words[@]} - 1]+=$word
		fi
	done
	local current=${words[${#words[@]} - 1]} quote=
	case $current in
	[\"\']*) quote=${current:0:1} ;;
	esac
	for i in "${!words[@]}"; do
		words[i]=${words[i]//[\"\'\\]/}
	done
	current=${words[${#words[@]} - 1]}
	local program=${words[0]/#\~\//$HOME/}

	# Readline replaces only what follows the last break, unless a quote is open.
	local breaks=${COMP_WORDBREAKS//[!=:]/} cut=
	if [[ ! $quote && $breaks && $current == *["$breaks"]* ]]; then
		cut=${current%"${current##*["$breaks"]}"}
	fi

	COMPREPLY=()
	local kind prefix about
	{
		IFS=$'\t' read -r kind prefix
		while IFS=$'\t' read -r word about; do
			word=${word:${#cut}}
			case $word in
			*[!A-Za-z0-9_.:/=,@%+-]*)
				# A shell could act on it, so it must be quoted.
				if [[ ! $quote ]]; then
					printf -v word %q "$word"
				elif [[ $quote == \" || $word == *\'* ]]; then
					continue
				fi
				;;
			esac
			COMPREPLY+=("$word")
		done
	} < <("$program" __complete "${words[@]:1}" 2>/dev/null)

	case $kind in
	files | wasm | dirs)
		local option=-f typed=${current:${#prefix}} names=
		[[ $kind != dirs ]] || option=-d
		compopt -o filenames 2>/dev/null
		if [[ $kind == wasm ]]; then
			names=$(compgen -f -X '!*.wasm' -- "$typed"; compgen -d -- "$typed")
		fi
		[[ $names ]] || names=$(compgen "$option" -- "$typed")
		while IFS= read -r word; do
			[[ $word ]] || continue
			word=$prefix$word
			COMPREPLY+=("${word:${#cut}}")
		done <<<"$names"
		;;
	*)
		if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then
			compopt -o nospace 2>/dev/null
		fi
		;;
	esac
}

complete -F __stella_complete stella
