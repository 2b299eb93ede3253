using System.Text;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Validation;

/// <summary>Service accounts, authorization-policy §6.3: <c>namespace/name</c>, or <c>name</c> in the policy's namespace.</summary>
internal static class ServiceAccountValidator
{
    private const int MaxAccounts = 16;
    private const int MaxLength = 320;

    public static Problem? Check(string value)
    {
        if (Encoding.UTF8.GetByteCount(value) > MaxLength)
        {
            return new(ValidationCodes.ServiceAccountTooLong, $"{Excerpt.Of(value)} has more than {MaxLength} bytes");
        }

        if (value.Contains('*', StringComparison.Ordinal))
        {
            return new(
                ValidationCodes.ServiceAccountWildcard,
                $"{Excerpt.Of(value)} holds a star: service accounts are compared exactly",
                "patterns are for `principals` and `namespaces`");
        }

        return value is ['/', ..] or [.., '/'] || value.AsSpan().Count('/') > 1
            ? new(ValidationCodes.ServiceAccountMalformed, $"{Excerpt.Of(value)} is neither `namespace/name` nor `name`")
            : null;
    }

    /// <summary>Checks one list's length.</summary>
    public static void ValidateCount(IReadOnlyList<string> accounts, string field, FindingReport report)
    {
        if (accounts.Count > MaxAccounts)
        {
            report.Add(
                ValidationCodes.ServiceAccountsTooMany,
                field,
                $"{accounts.Count} service accounts, at most {MaxAccounts} are allowed",
                "spread them over several entries of `from`");
        }
    }

    /// <summary>Checks a source's two lists as wholes; both name identities, as principals and namespaces do.</summary>
    public static void ValidateSource(Source source, string path, FindingReport report)
    {
        ValidateCount(source.ServiceAccounts, path + ".serviceAccounts", report);
        ValidateCount(source.NotServiceAccounts, path + ".notServiceAccounts", report);

        var used = source.ServiceAccounts.Count > 0 ? "serviceAccounts" : source.NotServiceAccounts.Count > 0 ? "notServiceAccounts" : null;
        IReadOnlyList<string>[] others = [source.Principals, source.NotPrincipals, source.Namespaces, source.NotNamespaces];
        if (used is not null && others.Any(list => list.Count > 0))
        {
            report.Add(
                ValidationCodes.ServiceAccountsNotAlone,
                $"{path}.{used}",
                "service accounts cannot stand in one source with principals or namespaces");
        }
    }
}
