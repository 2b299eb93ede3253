using System.Text;
using AuthzEngine.Formats.Issuance;
using MeshCA.IssuancePolicies;
using MeshCA.Registration;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.IssuancePolicies;

/// <summary>Policies written in a test, and callers to hold against them.</summary>
internal static class Policy
{
    public static readonly IssuanceBounds Bounds = new() { MaxLifetime = MeshAuthority.Lifetimes.Max };

    /// <summary>Compiles rules; what no rule matches is allowed unless a test says otherwise.</summary>
    public static IssuancePolicy Of(string rules, string otherwise = "ALLOW")
    {
        var read = IssuancePolicyReader.Read("test.yaml", Encoding.UTF8.GetBytes($"rules: {rules}\notherwise: {otherwise}\n"), Bounds);
        Assert.True(read.Value is not null, string.Join("; ", read.Findings.Select(finding => finding.Message)));
        return IssuancePolicy.Compile(read.Value!, MeshAuthority.Lifetimes); // asserted above
    }

    public static IssuanceGate Gate(string rules, TimeProvider clock, string otherwise = "ALLOW", IPodLabels? labels = null) =>
        new(Of(rules, otherwise), new IssuanceRates(clock), labels);

    public static CallerIdentity Caller(
        string account = "shop/web", string authenticator = "jwt:main", string cluster = "Kubernetes") => new(
        SpiffeId.Parse($"spiffe://cluster.local/ns/{account.Replace("/", "/sa/", StringComparison.Ordinal)}"),
        new AuthenticationEvidence
        {
            Authenticator = authenticator,
            TokenTime = DateTimeOffset.UnixEpoch,
            TokenId = "t",
            Cluster = cluster,
        });

    /// <summary>The name of the rule that decides, with a question mark where that cannot be told.</summary>
    public static string Decides(IssuancePolicy policy, CallerIdentity caller, IReadOnlyDictionary<string, string>? labels = null)
    {
        var match = policy.Match(CallerAttributes.Of(caller, labels));
        return match.Rule.Name + (match.Unknown == CallerAttribute.None ? "" : $"? {match.Unknown}");
    }
}

/// <summary>Labels that a test gives.</summary>
internal sealed class FixedLabels(params (string Name, string Value)[] labels) : IPodLabels
{
    private readonly Dictionary<string, string> _labels = labels.ToDictionary(label => label.Name, label => label.Value);

    /// <summary>How often somebody asked.</summary>
    public int Asked { get; private set; }

    public IReadOnlyDictionary<string, string>? Find(CallerIdentity caller)
    {
        Asked++;
        return _labels;
    }
}
