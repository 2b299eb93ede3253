using System.Diagnostics.CodeAnalysis;

namespace AuthzEngine.Formats.Words;

/// <summary>Labels on one line, <c>app=web,version=v1</c>: Kubernetes allows neither character in a label's value.</summary>
public static class LabelText
{
    /// <summary>Reads labels.</summary>
    /// <param name="text">The text; empty for none; untrusted.</param>
    /// <param name="labels">The labels, or null.</param>
    /// <returns>Whether they are labels: each once, each with a name and one equals sign.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out IReadOnlyDictionary<string, string>? labels)
    {
        ArgumentNullException.ThrowIfNull(text);
        var read = new Dictionary<string, string>(StringComparer.Ordinal);
        labels = null;
        foreach (var pair in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (pair.Split('=') is not [{ Length: > 0 } key, var value] || !read.TryAdd(key, value))
            {
                return false;
            }
        }

        labels = read;
        return true;
    }

    /// <summary>Prints labels as they are read, by name.</summary>
    /// <param name="labels">The labels.</param>
    /// <returns>The text; empty for none.</returns>
    public static string Of(IReadOnlyDictionary<string, string> labels) => string.Join(
        ',', labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"));
}
