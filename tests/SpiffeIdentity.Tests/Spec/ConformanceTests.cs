using System.IO;
using System.Reflection;
using Xunit;

namespace SpiffeIdentity.Tests.Spec;

/// <summary>Every rule that the standards give a library has a test named by its clause, and docs/spiffe-conformance.md shows which.</summary>
public sealed class ConformanceTests
{
    private const string Page = "docs/spiffe-conformance.md";
    private const string Head = "| clause | rule | tests |\n|---|---|---|\n";

    private static readonly (string Standard, Type Tests)[] Standards =
    [
        ("SPIFFE-ID", typeof(SpiffeIdSpecTests)),
        ("X509-SVID", typeof(X509SvidSpecTests)),
        ("JWT-SVID", typeof(JwtSvidSpecTests)),
        ("Trust_Domain_and_Bundle", typeof(BundleSpecTests)),
        ("Federation", typeof(FederationSpecTests)),
    ];

    // In our words; MUST and MUST NOT of the standards, and what a SHOULD makes a library do.
    private static readonly (string Standard, string Clause, string Rule)[] Rules =
    [
        ("SPIFFE-ID", "2", "the scheme is `spiffe`, the trust domain is not empty, there is no query and no fragment"),
        ("SPIFFE-ID", "2.1", "a trust domain is of lower-case letters, digits, dots, dashes and underscores; no user, no port"),
        ("SPIFFE-ID", "2.2", "a path is of segments from its alphabet, none empty, `.` or `..`; no slash at the end"),
        ("SPIFFE-ID", "2.3", "IDs of 2,048 bytes and trust domains of 255 are handled, longer ones are not made"),
        ("SPIFFE-ID", "2.4", "IDs are compared as they are written; upper case in scheme or trust domain is refused, not folded"),
        ("X509-SVID", "2", "exactly one URI among the alternative names, whatever else stands there"),
        ("X509-SVID", "3.1", "a leaf's ID has a path"),
        ("X509-SVID", "3.2", "a signing certificate's ID has none, and it is nobody's credential"),
        ("X509-SVID", "4.1", "cA is true in signing certificates and false in leaves; path lengths are kept"),
        ("X509-SVID", "4.2", "URI name constraints of signing certificates are kept"),
        ("X509-SVID", "4.3", "key usage: digitalSignature in leaves, keyCertSign in signing certificates and nowhere else"),
        ("X509-SVID", "4.4", "an extended key usage names the sides of TLS that a leaf serves"),
        ("X509-SVID", "5.1", "path validation is that of RFC 5280, with the authorities of the leaf's own trust domain as anchors"),
        ("X509-SVID", "5.2", "a peer's leaf: cA false, neither keyCertSign nor cRLSign, one SPIFFE ID with a path"),
        ("X509-SVID", "6.1", "authorities are published with use `x509-svid`, without `kid`, with exactly one `x5c` value"),
        ("X509-SVID", "6.2", "entries without `x5c` are ignored; of several values the first counts"),
        ("JWT-SVID", "2", "no header but `alg`, `kid` and `typ`"),
        ("JWT-SVID", "2.1", "`alg` is one of nine on RSA and NIST curves, and goes with the key"),
        ("JWT-SVID", "2.2", "`kid` names the key (optional in the standard, demanded here as by every other library)"),
        ("JWT-SVID", "2.3", "`typ`, where it is there, is `JWT` or `JOSE`"),
        ("JWT-SVID", "3", "claims beside the registered ones are free; the object is read as every reader would"),
        ("JWT-SVID", "3.1", "`sub` is the SPIFFE ID of the holder"),
        ("JWT-SVID", "3.2", "`aud` is there, and names who validates"),
        ("JWT-SVID", "3.3", "`exp` is there, and has not passed"),
        ("JWT-SVID", "4", "the signature is verified with the bundle of the subject's own trust domain"),
        ("JWT-SVID", "5.1", "compact serialization and no other"),
        ("JWT-SVID", "6", "bearer tokens: nothing of a refused one is told"),
        ("JWT-SVID", "6.2", "nobody validates without an audience of its own"),
        ("Trust_Domain_and_Bundle", "3", "a bundle is kept with the name of its trust domain, and only that domain's is used"),
        ("Trust_Domain_and_Bundle", "4", "what is written is what is defined, and is read back"),
        ("Trust_Domain_and_Bundle", "4.1", "parameters that are not defined are not needed"),
        ("Trust_Domain_and_Bundle", "4.1.1", "a sequence number has 64 bits"),
        ("Trust_Domain_and_Bundle", "4.1.2", "a refresh hint is an integer of seconds"),
        ("Trust_Domain_and_Bundle", "4.1.3", "`keys` is there; unknown key types and uses are ignored"),
        ("Trust_Domain_and_Bundle", "4.2.1", "an entry with an unknown `kty` is ignored"),
        ("Trust_Domain_and_Bundle", "4.2.2", "an entry with an unknown `use` is ignored; case counts"),
        ("Trust_Domain_and_Bundle", "5", "a map of bundles is loaded whole or not at all; no trust domain is there twice"),
        ("Trust_Domain_and_Bundle", "6.4", "keys of one trust domain prove nothing in another"),
        ("Federation", "4.1", "endpoints are polled as their hint says; without one each five minutes"),
        ("Federation", "4.2", "the sequence number orders bundles; those of different trust domains are never merged"),
        ("Federation", "5.1", "URL, profile and trust domain are configured, never guessed"),
        ("Federation", "5.2.1.1", "`https_web`: scheme `https`, no user information"),
        ("Federation", "5.2.1.2", "`https_web` needs no further parameter"),
        ("Federation", "5.2.1.4", "redirects lead to valid endpoint URLs only"),
        ("Federation", "5.2.2.1", "`https_spiffe`: scheme `https`, no user information"),
        ("Federation", "5.2.2.2", "`https_spiffe`: the endpoint's SPIFFE ID is configured"),
        ("Federation", "5.2.2.4", "`https_spiffe`: the endpoint is verified by the bundle of its ID's trust domain"),
        ("Federation", "6.2", "a failed poll is not repeated at once"),
    ];

    [Fact]
    public void Every_rule_has_a_test_named_by_its_clause() =>
        Assert.Equal([], Rules.Where(rule => !TestsOf(rule.Standard, rule.Clause).Any()).Select(rule => $"{rule.Standard} §{rule.Clause}"));

    [Fact]
    public void Every_test_named_by_a_clause_has_its_rule()
    {
        var orphans =
            from standard in Standards
            from test in Tests(standard.Tests)
            where !Rules.Any(rule => rule.Standard == standard.Standard && Covers(test, rule.Clause))
            select $"{standard.Standard}: {test}";
        Assert.Equal([], orphans);
    }

    [Fact]
    public void The_page_shows_which_test_holds_which_rule()
    {
        var rows = Rules.Select(rule =>
            $"| {rule.Standard} §{rule.Clause} | {rule.Rule} | {string.Join("<br>", TestsOf(rule.Standard, rule.Clause).Select(test => $"`{test}`"))} |\n");
        var table = Head + string.Concat(rows);
        var path = Path.Combine(Root(), Page);
        var page = File.ReadAllText(path);
        var start = page.IndexOf(Head, StringComparison.Ordinal);
        Assert.True(start >= 0, $"{Page} has no table");
        var end = page.IndexOf("\n\n", start, StringComparison.Ordinal) is var blank and >= 0 ? blank + 1 : page.Length;
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            page = page[..start] + table + page[end..];
            File.WriteAllText(path, page);
            end = start + table.Length;
        }

        Assert.Equal(table, page[start..end]);
    }

    private static IEnumerable<string> TestsOf(string standard, string clause) =>
        Tests(Standards.Single(entry => entry.Standard == standard).Tests).Where(test => Covers(test, clause)).Distinct().Order(StringComparer.Ordinal);

    /// <summary>Names of tests, and labels of the rows of theories where those begin with a clause too.</summary>
    private static IEnumerable<string> Tests(Type type) =>
        type.GetMethods().Where(method => method.GetCustomAttributes<FactAttribute>().Any()).Select(method => method.Name)
            .Concat(Labels(type));

    private static IEnumerable<string> Labels(Type type) =>
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Static)
        where method.GetParameters().Length == 0 && method.ReturnType.IsAssignableTo(typeof(IEnumerable<ITheoryDataRow>))
        from row in (IEnumerable<ITheoryDataRow>)method.Invoke(null, null)!
        where row.Label is ['S', >= '0' and <= '9', ..]
        select row.Label;

    private static bool Covers(string test, string clause)
    {
        var prefix = "S" + clause.Replace('.', '_');
        return test.StartsWith(prefix, StringComparison.Ordinal)
            && test.Length > prefix.Length + 1
            && (test[prefix.Length] is '_' or ' ')
            && !char.IsDigit(test[prefix.Length + 1]);
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "MeshCA.sln")))
        {
            directory = directory.Parent;
        }

        return directory.FullName;
    }
}
