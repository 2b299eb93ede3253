using System.Globalization;

namespace MeshCA.Telemetry;

/// <summary>The labels of one series, in the order in which the instrument gives them.</summary>
/// <remarks>Immutable; two sets are equal when names and values are equal in the same order.</remarks>
internal sealed class LabelSet
{
    private LabelSet(string[] names, string[] values) => (Names, Values) = (names, values);

    /// <summary>The labels' names, as the instrument gives them.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The labels' values; as many as names.</summary>
    public IReadOnlyList<string> Values { get; }

    /// <summary>Copies the tags of a measurement.</summary>
    public static LabelSet From(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var names = new string[tags.Length];
        var values = new string[tags.Length];
        for (var i = 0; i < tags.Length; i++)
        {
            names[i] = tags[i].Key;
            values[i] = ValueOf(tags[i]);
        }

        return new LabelSet(names, values);
    }

    /// <summary>A set with the same names and one value for all: where series beyond the limit are summed up.</summary>
    public LabelSet WithValues(string value) => new([.. Names], [.. Names.Select(_ => value)]);

    /// <summary>A tag's value as text; strings, which ours all are, are not copied.</summary>
    public static string ValueOf(KeyValuePair<string, object?> tag) =>
        tag.Value as string ?? Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "";

    /// <summary>Compares sets, and sets with tags that are not yet a set, so that recording allocates nothing.</summary>
    internal sealed class Comparer
        : IEqualityComparer<LabelSet>, IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, LabelSet>
    {
        /// <summary>The comparer; it has no state.</summary>
        public static readonly Comparer Instance = new();

        /// <inheritdoc />
        public bool Equals(LabelSet? x, LabelSet? y) =>
            x is not null && y is not null && x.Names.SequenceEqual(y.Names) && x.Values.SequenceEqual(y.Values);

        /// <inheritdoc />
        public int GetHashCode(LabelSet obj)
        {
            var hash = default(HashCode);
            foreach (var value in obj.Values)
            {
                hash.Add(value, StringComparer.Ordinal);
            }

            return hash.ToHashCode();
        }

        /// <inheritdoc />
        public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, LabelSet other)
        {
            if (alternate.Length != other.Names.Count)
            {
                return false;
            }

            for (var i = 0; i < alternate.Length; i++)
            {
                if (!string.Equals(alternate[i].Key, other.Names[i], StringComparison.Ordinal)
                    || !string.Equals(ValueOf(alternate[i]), other.Values[i], StringComparison.Ordinal))
                {
                    return false;
                }
            }

            return true;
        }

        /// <inheritdoc />
        public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
        {
            var hash = default(HashCode);
            foreach (var tag in alternate)
            {
                hash.Add(ValueOf(tag), StringComparer.Ordinal);
            }

            return hash.ToHashCode();
        }

        /// <inheritdoc />
        public LabelSet Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => From(alternate);
    }
}
