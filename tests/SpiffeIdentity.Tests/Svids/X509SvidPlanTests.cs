using System.Security.Cryptography;
using SpiffeIdentity.Svids;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.Tests.Svids;

public sealed class X509SvidPlanTests
{
    private static readonly DateTimeOffset Now = TestAuthority.Now;

    public static TheoryData<Func<Draft, Draft>, X509SvidPlanError> Leaves() =>
    [
        new(draft => draft, X509SvidPlanError.None) { Label = "good" },
        new(draft => draft with { Id = "spiffe://td" }, X509SvidPlanError.NoPath) { Label = "no path" },
        new(draft => draft with { Serial = new byte[8] }, X509SvidPlanError.BadSerialNumber) { Label = "serial number zero" },
        new(draft => draft with { Serial = [1, 2, 3, 4, 5, 6, 7] }, X509SvidPlanError.BadSerialNumber) { Label = "serial number of 56 bits" },
        new(draft => draft with { Serial = [0x7F, .. new byte[19]] }, X509SvidPlanError.None) { Label = "longest serial number" },
        new(draft => draft with { Serial = [0x80, .. new byte[19]] }, X509SvidPlanError.BadSerialNumber) { Label = "serial number that needs a 21st byte" },
        new(draft => draft with { Serial = [1, .. new byte[20]] }, X509SvidPlanError.BadSerialNumber) { Label = "serial number of 21 bytes" },
        new(draft => draft with { To = Now }, X509SvidPlanError.BadValidity) { Label = "ends as it begins" },
        new(draft => draft with { To = Now.AddMilliseconds(999) }, X509SvidPlanError.BadValidity) { Label = "part of a second" },
        new(draft => draft with { To = Now.AddSeconds(1) }, X509SvidPlanError.None) { Label = "one second" },
        new(draft => draft with { From = DateTimeOffset.MinValue }, X509SvidPlanError.BadValidity) { Label = "before 1950" },
        new(draft => draft with { To = DateTimeOffset.MaxValue }, X509SvidPlanError.BadValidity) { Label = "beyond the year 9999" },
        new(draft => draft with { Key = [] }, X509SvidPlanError.UnsupportedKey) { Label = "no key" },
        new(draft => draft with { Key = Weak() }, X509SvidPlanError.UnsupportedKey) { Label = "weak RSA" },
        new(draft => draft with { Names = ["a.example", "*.a.example", "a_b"] }, X509SvidPlanError.None) { Label = "DNS names" },
        new(draft => draft with { Names = [""] }, X509SvidPlanError.BadDnsName) { Label = "empty DNS name" },
        new(draft => draft with { Names = ["a..b"] }, X509SvidPlanError.BadDnsName) { Label = "empty label" },
        new(draft => draft with { Names = ["a.*"] }, X509SvidPlanError.BadDnsName) { Label = "asterisk behind" },
        new(draft => draft with { Names = ["-a"] }, X509SvidPlanError.BadDnsName) { Label = "dash in front" },
        new(draft => draft with { Names = ["a\0b"] }, X509SvidPlanError.BadDnsName) { Label = "NUL" },
        new(draft => draft with { Names = ["ü"] }, X509SvidPlanError.BadDnsName) { Label = "outside ASCII" },
        new(draft => draft with { Names = [new string('a', 64)] }, X509SvidPlanError.BadDnsName) { Label = "long label" },
        new(draft => draft with { Names = [.. Enumerable.Repeat("a", X509SvidPlan.MaxDnsNames)] }, X509SvidPlanError.None) { Label = "as many names as allowed" },
        new(draft => draft with { Names = [.. Enumerable.Repeat("a", X509SvidPlan.MaxDnsNames + 1)] }, X509SvidPlanError.BadDnsName) { Label = "one name too many" },
    ];

    [Theory, MemberData(nameof(Leaves))]
    public void A_leaf_is_planned_only_as_verifiers_take_it(Func<Draft, Draft> change, X509SvidPlanError expected)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var draft = change(new Draft { Key = key.ExportSubjectPublicKeyInfo() });
        var isPlanned = X509SvidPlan.TryCreateLeaf(
            SpiffeId.Parse(draft.Id), draft.Terms, draft.Names, out var plan, out var error);
        Assert.Equal(expected, error);
        Assert.Equal(expected == X509SvidPlanError.None, isPlanned);
        Assert.Equal(isPlanned, plan is not null);
    }

    [Theory]
    [InlineData("root", null, X509SvidPlanError.None)]
    [InlineData("ü", 0, X509SvidPlanError.None)]
    [InlineData("", null, X509SvidPlanError.BadCommonName)]
    [InlineData("a\n", null, X509SvidPlanError.BadCommonName)]
    [InlineData("a", -1, X509SvidPlanError.BadPathLength)]
    [InlineData("a", 255, X509SvidPlanError.None)]
    [InlineData("a", 256, X509SvidPlanError.BadPathLength)]
    public void A_signing_certificate_has_a_name_and_maybe_a_path_length(string name, int? pathLength, X509SvidPlanError expected)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        X509SvidPlan.TryCreateAuthority(
            TrustDomain.Parse("td"), name, pathLength, new Draft { Key = key.ExportSubjectPublicKeyInfo() }.Terms, out _, out var error);
        Assert.Equal(expected, error);
    }

    private static byte[] Weak()
    {
        using var key = RSA.Create(1024);
        return key.ExportSubjectPublicKeyInfo();
    }

    /// <summary>What a leaf is planned from.</summary>
    public sealed record Draft
    {
        public string Id { get; init; } = "spiffe://td/a";

        public byte[] Key { get; init; } = [];

        public byte[] Serial { get; init; } = [1, 2, 3, 4, 5, 6, 7, 8];

        public DateTimeOffset From { get; init; } = Now;

        public DateTimeOffset To { get; init; } = Now.AddHours(1);

        public IReadOnlyList<string> Names { get; init; } = [];

        public CertificateTerms Terms => new() { SubjectPublicKeyInfo = Key, SerialNumber = Serial, NotBefore = From, NotAfter = To };
    }
}
