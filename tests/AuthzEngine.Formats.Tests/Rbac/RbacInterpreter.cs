using System.Text;
using AuthzEngine.Formats.Rbac;
using Google.Protobuf;
using MeshCA.Wire.Envoy.Rbac.V3;

namespace AuthzEngine.Formats.Tests.Rbac;

/// <summary>What the filters did to a request.</summary>
/// <param name="Denied">Whether one refused it.</param>
/// <param name="EffectivePolicy">The policy that refused or admitted it; null: none.</param>
/// <param name="Marked">Whether a LOG filter marked it.</param>
/// <param name="Shadows">What shadow rules reported, by the prefix of their names.</param>
internal sealed record RbacOutcome(bool Denied, string? EffectivePolicy, bool Marked, ILookup<string, ShadowResult> Shadows);

/// <summary>What the shadow rules of one filter reported.</summary>
/// <param name="Allowed">Their result.</param>
/// <param name="Policy">The policy that matched; null: none.</param>
internal sealed record ShadowResult(bool Allowed, string? Policy);

/// <summary>Runs exported filters as Envoy does, wire.md §4.</summary>
internal static class RbacInterpreter
{
    public static RbacOutcome Run(IEnumerable<RbacFilter> filters, EnvoyRequest request)
    {
        var shadows = new List<KeyValuePair<string, ShadowResult>>();
        var marked = false;
        string? effective = null;
        foreach (var filter in filters)
        {
            var (rules, shadow, prefix) = Read(filter.Configuration);
            if (shadow is not null)
            {
                var match = FirstMatch(shadow, request);
                shadows.Add(new(prefix, new(Allows(shadow, match), match)));
            }

            if (rules is null)
            {
                continue;
            }

            var matched = FirstMatch(rules, request);
            marked |= rules.Action == RBAC.Types.Action.Log && matched is not null;
            if (!Allows(rules, matched))
            {
                return new(true, matched, marked, Group(shadows));
            }

            effective = rules.Action == RBAC.Types.Action.Allow ? matched : effective;
        }

        return new(false, effective, marked, Group(shadows));
    }

    private static (RBAC? Rules, RBAC? Shadow, string Prefix) Read(IMessage filter) => filter switch
    {
        MeshCA.Wire.Envoy.HttpRbac.V3.RBAC http => (http.Rules, http.ShadowRules, http.ShadowRulesStatPrefix),
        MeshCA.Wire.Envoy.NetworkRbac.V3.RBAC tcp => (tcp.Rules, tcp.ShadowRules, tcp.ShadowRulesStatPrefix),
        _ => throw new NotSupportedException(filter.Descriptor.FullName),
    };

    private static bool Allows(RBAC rules, string? match) => rules.Action switch
    {
        RBAC.Types.Action.Allow => match is not null,
        RBAC.Types.Action.Deny => match is null,
        _ => true,
    };

    private static string? FirstMatch(RBAC rules, EnvoyRequest request) => rules.Policies
        .OrderBy(policy => Encoding.UTF8.GetBytes(policy.Key), Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y)))
        .FirstOrDefault(policy => Matches(policy.Value, request)).Key;

    private static bool Matches(Policy policy, EnvoyRequest request) =>
        policy.Permissions.Any(one => Matches(one, request)) && policy.Principals.Any(one => Matches(one, request));

    private static bool Matches(Permission permission, EnvoyRequest request) => permission.RuleCase switch
    {
        Permission.RuleOneofCase.AndRules => permission.AndRules.Rules.All(one => Matches(one, request)),
        Permission.RuleOneofCase.OrRules => permission.OrRules.Rules.Any(one => Matches(one, request)),
        Permission.RuleOneofCase.NotRule => !Matches(permission.NotRule, request),
        Permission.RuleOneofCase.Any => permission.Any,
        Permission.RuleOneofCase.Header => EnvoyMatchers.Matches(permission.Header, request),
        Permission.RuleOneofCase.DestinationIp => EnvoyMatchers.Matches(permission.DestinationIp, request.Local),
        Permission.RuleOneofCase.DestinationPort => request.LocalPort == permission.DestinationPort,
        Permission.RuleOneofCase.Metadata => EnvoyMatchers.Matches(permission.Metadata, request),
        Permission.RuleOneofCase.SourcedMetadata => EnvoyMatchers.Matches(permission.SourcedMetadata.MetadataMatcher, request),
        Permission.RuleOneofCase.RequestedServerName => EnvoyMatchers.Matches(permission.RequestedServerName, request.ServerName),
        Permission.RuleOneofCase.UrlPath => EnvoyMatchers.Matches(permission.UrlPath, request),
        Permission.RuleOneofCase.UriTemplate => EnvoyMatchers.MatchesTemplate(permission.UriTemplate, request),
        _ => throw new NotSupportedException(permission.ToString()),
    };

    private static bool Matches(Principal principal, EnvoyRequest request) => principal.IdentifierCase switch
    {
        Principal.IdentifierOneofCase.AndIds => principal.AndIds.Ids.All(one => Matches(one, request)),
        Principal.IdentifierOneofCase.OrIds => principal.OrIds.Ids.Any(one => Matches(one, request)),
        Principal.IdentifierOneofCase.NotId => !Matches(principal.NotId, request),
        Principal.IdentifierOneofCase.Any => principal.Any,
        Principal.IdentifierOneofCase.Authenticated =>
            request.Peer is { } peer && EnvoyMatchers.Matches(principal.Authenticated.PrincipalName, peer),
        Principal.IdentifierOneofCase.FilterState =>
            request.Peer is { } peer && EnvoyMatchers.Matches(principal.FilterState.StringMatch, peer),
        Principal.IdentifierOneofCase.Header => EnvoyMatchers.Matches(principal.Header, request),
        Principal.IdentifierOneofCase.Metadata => EnvoyMatchers.Matches(principal.Metadata, request),
        Principal.IdentifierOneofCase.SourcedMetadata => EnvoyMatchers.Matches(principal.SourcedMetadata.MetadataMatcher, request),
        Principal.IdentifierOneofCase.DirectRemoteIp => EnvoyMatchers.Matches(principal.DirectRemoteIp, request.DirectRemote),
        Principal.IdentifierOneofCase.RemoteIp => EnvoyMatchers.Matches(principal.RemoteIp, request.Remote),
        _ => throw new NotSupportedException(principal.ToString()),
    };

    private static ILookup<string, ShadowResult> Group(IEnumerable<KeyValuePair<string, ShadowResult>> shadows) =>
        shadows.ToLookup(shadow => shadow.Key, shadow => shadow.Value);
}
