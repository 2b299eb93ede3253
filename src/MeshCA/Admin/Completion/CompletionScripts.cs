using System.Text;

namespace MeshCA.Admin.Completion;

/// <summary>Writes the completion script of each shell.</summary>
/// <remarks>
/// All have the same three questions: which command do the words before make, what may follow it, which values has the option
/// right before. A word that is part of no command, as an option's value, is passed over. Where nothing fits, files are offered.
/// </remarks>
internal static class CompletionScripts
{
    /// <summary>The shells.</summary>
    public static IReadOnlyDictionary<string, Func<CompletionTable, string>> All { get; } =
        new Dictionary<string, Func<CompletionTable, string>>(StringComparer.Ordinal) { ["bash"] = Bash, ["fish"] = Fish, ["zsh"] = Zsh };

    private static string Bash(CompletionTable table) => $$"""
        # meshca completion bash
        {{Functions(table)}}
        _meshca() {
          local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command="" i
          for ((i = 1; i < COMP_CWORD; i++)); do
            if [ -n "$(_meshca_words "${command:+$command }${COMP_WORDS[i]}")" ]; then command="${command:+$command }${COMP_WORDS[i]}"; fi
          done
          local words="$(_meshca_values "$command $prev")"
          [ -n "$words" ] || words="$(_meshca_words "$command")"
          COMPREPLY=($(compgen -W "$words" -- "$cur"))
        }
        complete -o bashdefault -o default -F _meshca meshca

        """;

    private static string Zsh(CompletionTable table) => $$"""
        #compdef meshca
        # meshca completion zsh
        {{Functions(table)}}
        _meshca() {
          local command="" i found
          for ((i = 2; i < CURRENT; i++)); do
            if [ -n "$(_meshca_words "${command:+$command }${words[i]}")" ]; then command="${command:+$command }${words[i]}"; fi
          done
          found="$(_meshca_values "$command ${words[CURRENT-1]}")"
          [ -n "$found" ] || found="$(_meshca_words "$command")"
          compadd -- ${=found}
          _files
        }
        compdef _meshca meshca

        """;

    private static string Fish(CompletionTable table)
    {
        var script = new StringBuilder("# meshca completion fish\n");
        AppendSwitch(script, "_meshca_words", table.Words);
        AppendSwitch(script, "_meshca_values", table.Values);
        return script.Append("""
            function _meshca
              set -l words (commandline -opc)
              set -l command ""
              for word in $words[2..-1]
                set -l longer (string trim -- "$command $word")
                if test -n "$(_meshca_words $longer)"
                  set command $longer
                end
              end
              set -l found (_meshca_values "$command $words[-1]")
              if test -z "$found"
                set found (_meshca_words "$command")
              end
              string split ' ' -- $found
            end
            complete -c meshca -a '(_meshca)'

            """).ToString();
    }

    private static string Functions(CompletionTable table)
    {
        var script = new StringBuilder();
        AppendCase(script, "_meshca_words", table.Words);
        AppendCase(script, "_meshca_values", table.Values);
        return script.ToString().TrimEnd();
    }

    // Names and words are our own and hold no quotes.
    private static void AppendCase(StringBuilder script, string name, IReadOnlyDictionary<string, IReadOnlyList<string>> table)
    {
        script.Append(name).Append("() {\n  case \"$1\" in\n");
        foreach (var (command, words) in table)
        {
            script.Append("    '").Append(command).Append("') echo '").AppendJoin(' ', words).Append("' ;;\n");
        }

        script.Append("  esac\n}\n");
    }

    private static void AppendSwitch(StringBuilder script, string name, IReadOnlyDictionary<string, IReadOnlyList<string>> table)
    {
        script.Append("function ").Append(name).Append("\n  switch \"$argv[1]\"\n");
        foreach (var (command, words) in table)
        {
            script.Append("    case '").Append(command).Append("'\n      echo '").AppendJoin(' ', words).Append("'\n");
        }

        script.Append("  end\nend\n");
    }
}
