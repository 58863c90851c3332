# Completion of stella for fish. Write it to
# ~/.config/fish/completions/stella.fish.
#
# The program itself says what may stand at the cursor; see its hidden command
# __complete.

function __stella_complete
    set -l typed (commandline -opc)
    # The words before come without quotes, this one as it is typed so far.
    set -l current (commandline -ct | string replace -r '^["\']' '' | string replace -ra '\\\\(.)' '$1')
    set -l program (string replace -r '^~/' "$HOME/" -- $typed[1])
    set -l lines ($program __complete $typed[2..-1] "$current" 2>/dev/null)
    set -q lines[1]; or return
    for line in $lines[2..-1]
        echo $line
    end
    set -l kind (string split -m 1 \t -- $lines[1])
    switch $kind[1]
        case files wasm
            set -l name (string sub -s (math (string length -- "$kind[2]") + 1) -- "$current")
            set -l found (__fish_complete_path "$name")
            if test $kind[1] = wasm
                set -l plugins (string match -r -- '^[^\t]*(?:\.wasm|/)(?:\t.*)?$' $found)
                set -q plugins[1]; and set found $plugins
            end
            for file in $found
                echo $kind[2]$file
            end
        case dirs
            __fish_complete_directories "$current"
    end
end

complete -c stella -f -a '(__stella_complete)'
