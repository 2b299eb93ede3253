using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MeshCA.JwtSvids;

/// <summary>For whom a token is: 1 to 16 names of recipients, each of 1 to 255 bytes without control characters, none twice (JWT-SVID §3.2).</summary>
/// <remarks>A token for many is one that each of them can use at all the others; so there is a bound, and one value is the rule.</remarks>
internal sealed class JwtAudience
{
    /// <summary>Most recipients of a token.</summary>
    public const int MaxCount = 16;

    /// <summary>Most bytes of one name, in UTF-8.</summary>
    public const int MaxLength = 255;

    // Between names where they are stored; in none of them.
    private const char Separator = '\n';

    private JwtAudience(ImmutableArray<string> values) => Values = values;

    /// <summary>The names, in the order of the request.</summary>
    public ImmutableArray<string> Values { get; }

    /// <summary>Takes what a request asks for.</summary>
    /// <param name="values">Untrusted.</param>
    /// <param name="audience">The audience, or null.</param>
    /// <param name="fault">What is wrong: lower case, no period, nothing of the request in it; null where it is one.</param>
    public static bool TryCreate(
        IReadOnlyList<string> values, [NotNullWhen(true)] out JwtAudience? audience, [NotNullWhen(false)] out string? fault)
    {
        fault = values.Count switch
        {
            0 => "a JWT-SVID needs an audience",
            > MaxCount => $"more than {MaxCount} audiences are asked for",
            _ => values.Select(FaultOf).FirstOrDefault(found => found is not null),
        };
        audience = fault is null ? new JwtAudience([.. values.Distinct(StringComparer.Ordinal)]) : null;
        return audience is not null;
    }

    /// <summary>How a journal record keeps it.</summary>
    public string ToStored() => string.Join(Separator, Values);

    /// <summary>Reads what a journal record keeps.</summary>
    /// <param name="stored">As <see cref="ToStored"/> writes it.</param>
    public static IReadOnlyList<string> FromStored(string stored) => stored.Length == 0 ? [] : stored.Split(Separator);

    /// <inheritdoc />
    public override string ToString() => string.Join(", ", Values);

    private static string? FaultOf(string value) => value switch
    {
        "" => "an audience is empty",
        _ when Encoding.UTF8.GetByteCount(value) > MaxLength => $"an audience is longer than {MaxLength} bytes",
        _ when value.Any(letter => char.IsControl(letter) || char.IsSurrogate(letter)) && !IsText(value) => "an audience holds control characters",
        _ => null,
    };

    private static bool IsText(string value) =>
        value.EnumerateRunes().All(rune => rune != Rune.ReplacementChar && !Rune.IsControl(rune));
}
