using System.CommandLine;
using System.CommandLine.Completions;

namespace MeshCA.Admin.Completion;

/// <summary>What may follow on a command line, taken from the verbs themselves.</summary>
internal sealed class CompletionTable
{
    /// <summary>Builds the table.</summary>
    /// <param name="verbs">All verbs.</param>
    /// <param name="common">Options of every verb.</param>
    public CompletionTable(IReadOnlyList<IAdminVerb> verbs, IReadOnlyList<Option> common)
    {
        var words = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal) { [""] = [] };
        var values = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var verb in verbs)
        {
            var parts = verb.Name.Split(' ');
            for (var i = 0; i < parts.Length; i++)
            {
                Set(words, string.Join(' ', parts[..i])).Add(parts[i]);
            }

            var own = Set(words, verb.Name);
            foreach (var parameter in verb.Parameters.Concat(common))
            {
                if (parameter is Option option)
                {
                    own.UnionWith(option.Aliases.Prepend(option.Name).Where(IsDashed)); // the library knows help by the names of DOS, too
                    AddValues(values, verb.Name, option);
                }
                else if (parameter is Argument argument)
                {
                    own.UnionWith(argument.GetCompletions(CompletionContext.Empty).Select(item => item.Label));
                }
            }
        }

        Words = words.ToDictionary(entry => entry.Key, entry => (IReadOnlyList<string>)[.. entry.Value], StringComparer.Ordinal);
        Values = values.ToDictionary(entry => entry.Key, entry => (IReadOnlyList<string>)[.. entry.Value], StringComparer.Ordinal);
    }

    /// <summary>The words that may follow a command, the empty one included: commands, options, fixed arguments.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Words { get; }

    /// <summary>The values of options that take one of a few, by command and option: <c>audit list --kind</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Values { get; }

    private static void AddValues(SortedDictionary<string, SortedSet<string>> values, string verb, Option option)
    {
        string[] labels = [.. option.GetCompletions(CompletionContext.Empty).Select(item => item.Label)];
        if (option.ValueType == typeof(bool) || labels.Length == 0)
        {
            return;
        }

        foreach (var name in option.Aliases.Prepend(option.Name).Where(IsDashed))
        {
            Set(values, $"{verb} {name}").UnionWith(labels);
        }
    }

    private static bool IsDashed(string name) => name.StartsWith('-');

    private static SortedSet<string> Set(SortedDictionary<string, SortedSet<string>> table, string key) =>
        table.TryGetValue(key, out var set) ? set : table[key] = new(StringComparer.Ordinal);
}
