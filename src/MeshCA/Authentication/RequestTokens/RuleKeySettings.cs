using AuthzEngine.Matching;
using MeshCA.Authentication.Keys;
using MeshCA.Configuration;

namespace MeshCA.Authentication.RequestTokens;

/// <summary>From whom keys of rules are fetched, and when.</summary>
internal sealed class RuleKeySettings
{
    // Istio's: authorization-policy §7.2.
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(60);

    // Whoever writes policies must not keep connections open for hours.
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(1);

    private readonly RequestTokenOptions _options;
    private readonly ServerAddresses _servers;

    /// <param name="options">Options that passed validation.</param>
    public RuleKeySettings(RequestTokenOptions options)
    {
        _options = options;
        _servers = new ServerAddresses([.. options.AllowedAddresses.Select(Block)]);
    }

    /// <summary>What may be fetched for an address.</summary>
    public FetchPolicy PolicyFor(RuleKeyAddress address)
    {
        var asked = address.Timeout ?? _options.FetchTimeout;
        return new()
        {
            CaFile = _options.CaFile is { Length: > 0 } file ? file : null,
            Timeout = asked < LongestTimeout ? asked : LongestTimeout,
            Servers = _servers,
            AllowsAnyHttpUrl = true,
        };
    }

    /// <summary>When the keys of an address are read.</summary>
    public KeySchedule ScheduleFor(RuleKeyAddress address) =>
        new(address.Url, _options.RefreshInterval, _options.MaxStaleAge, FirstRetry, LastRetry);

    private static CidrBlock Block(string text) =>
        CidrBlock.TryParse(text, out var block) ? block : throw new ArgumentException($"`{text}` is no address", nameof(text));
}
