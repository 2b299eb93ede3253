using System.Diagnostics.CodeAnalysis;
using AuthzEngine.Policies;

namespace AuthzEngine.Compilation.Translation;

/// <summary>How the values of one attribute become a clause; a row of the table of authorization-policy §3.3.</summary>
/// <param name="HttpOnly">Whether TCP has no such attribute.</param>
/// <param name="Translate">The values of one field at its place; what it cannot translate it leaves out.</param>
internal sealed record AttributeTranslation(
    bool HttpOnly, Func<FieldSite, IReadOnlyList<string>, TranslatedField> Translate)
{
    /// <summary>An attribute each of whose values is a pattern.</summary>
    public static AttributeTranslation Of<T>(
        bool httpOnly, Func<FieldSite, string, T> pattern, Func<FieldSite, IReadOnlyList<T>, Clause> clause) =>
        new(httpOnly, (site, values) =>
            new(clause(site, [.. values.Select(value => pattern(site, value))]), Complete: true, httpOnly));

    /// <summary>An attribute whose values have a syntax.</summary>
    public static AttributeTranslation Parsed<T>(
        bool httpOnly, TryParse<T> tryParse, Func<FieldSite, IReadOnlyList<T>, Clause> clause) =>
        new(httpOnly, (site, values) =>
        {
            var parsed = new List<T>(values.Count);
            foreach (var value in values)
            {
                if (tryParse(value, out var one))
                {
                    parsed.Add(one);
                }
            }

            return new(parsed.Count == 0 ? null : clause(site, parsed), parsed.Count == values.Count, httpOnly);
        });

    /// <summary>An attribute whose key is malformed: nothing of it can be translated.</summary>
    public static AttributeTranslation Malformed { get; } = new(HttpOnly: false, static (_, _) => TranslatedField.Nothing);

    internal delegate bool TryParse<T>(string text, [NotNullWhen(true)] out T? value);
}

/// <summary>Where a field stands, and what its translation depends on besides its values.</summary>
/// <param name="Field">Path within the resource.</param>
/// <param name="Negated">Whether it is a <c>not</c> field.</param>
/// <param name="PolicyNamespace">Namespace of the policy: that of a bare service account.</param>
/// <param name="Settings">The mesh.</param>
internal sealed record FieldSite(string Field, bool Negated, string PolicyNamespace, MeshSettings Settings);
