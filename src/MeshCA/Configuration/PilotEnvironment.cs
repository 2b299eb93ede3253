using System.Buffers;
using System.Globalization;
using System.IO;
using Microsoft.Extensions.Configuration;

namespace MeshCA.Configuration;

/// <summary>What pilot-agent's environment variables say to our agent, so that it can take its place (istio-ca §6.1).</summary>
/// <remarks>They stand below a file, our own variables and the command line. The table is in docs/agent.md.</remarks>
internal static class PilotEnvironment
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");
    private const string Prefix = AgentOptions.Section + ":";
    private const string HeaderPrefix = "CA_HEADER_";
    private const string LocalServerName = "istiod.istio-system.svc";
    private const string IstioRoots = "/var/run/secrets/istio/root-cert.pem";
    private const string ThirdPartyToken = "/var/run/secrets/tokens/istio-token";
    private const string FirstPartyToken = "/var/run/secrets/kubernetes.io/serviceaccount/token";

    /// <summary>The settings of this process's environment.</summary>
    public static IReadOnlyDictionary<string, string?> ReadSettings() => ToSettings(
        new ConfigurationBuilder().AddEnvironmentVariables().Build().AsEnumerable()
            .Where(variable => variable.Value is not null)
            .ToDictionary(variable => variable.Key, variable => variable.Value!, StringComparer.Ordinal));

    /// <summary>Translates variables to settings.</summary>
    /// <param name="variables">All variables of an environment.</param>
    /// <returns>Settings by their keys; a value that cannot be translated stays as it is, and the validation names it.</returns>
    public static IReadOnlyDictionary<string, string?> ToSettings(IReadOnlyDictionary<string, string> variables)
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal);
        string? Get(string name) => variables.TryGetValue(name, out var value) && value.Length > 0 ? value : null;
        void Set(string key, string? value)
        {
            if (value is not null)
            {
                settings[Prefix + key] = value;
            }
        }

        AddAuthority(Get, Set);
        Set("TrustDomain", Get("TRUST_DOMAIN"));
        Set("ClusterId", Get("CLUSTER_ID") ?? Get("ISTIO_META_CLUSTER_ID"));
        Set("CertSigner", Get("ISTIO_META_CERT_SIGNER"));
        Set("Lifetime", GoDuration(Get("SECRET_TTL")));
        Set("GracePeriodRatio", Get("SECRET_GRACE_PERIOD_RATIO"));
        Set("GracePeriodJitter", Get("SECRET_GRACE_PERIOD_RATIO_JITTER"));
        Set("KeyAlgorithm", Algorithm(Get));
        if (Get("POD_NAMESPACE") is { } ns && Get("SERVICE_ACCOUNT") is { } account)
        {
            Set("SpiffeId", $"spiffe://{Get("TRUST_DOMAIN") ?? "cluster.local"}/ns/{ns}/sa/{account}");
        }

        Set("Instance", Get("POD_NAME"));
        foreach (var (name, value) in variables.Where(variable => variable.Key.StartsWith(HeaderPrefix, StringComparison.Ordinal)))
        {
            Set("Headers:" + name[HeaderPrefix.Length..].ToLowerInvariant(), value);
        }

        AddDirectories(Get, Set);
        return settings;
    }

    // Roots and token have their places only where pilot-agent would have run.
    private static void AddAuthority(Func<string, string?> get, Action<string, string?> set)
    {
        if (get("CA_ADDR") is not { } address)
        {
            return;
        }

        set("Address", "https://" + address);
        set("RootsFile", Roots(get("CA_ROOT_CA")) ?? (get("PROV_CERT") is { } provided ? Path.Combine(Path.GetFullPath(provided), "root-cert.pem") : IstioRoots));
        set("TokenFile", get("JWT_POLICY") == "first-party-jwt" ? FirstPartyToken : ThirdPartyToken);
        if (address.Contains("localhost", StringComparison.Ordinal))
        {
            set("ServerName", LocalServerName);
        }
    }

    private static string? Roots(string? named) => named is null or AgentOptions.SystemRoots ? named : Path.GetFullPath(named);

    private static void AddDirectories(Func<string, string?> get, Action<string, string?> set)
    {
        if (get("PROV_CERT") is { } provided)
        {
            set("CertificateDirectory", Path.GetFullPath(provided));
            set("RenewWithSvid", "true");
        }

        if (get("OUTPUT_CERTS") is { } output)
        {
            set("Files:0:Directory", Path.GetFullPath(output));
            set("Files:0:Layout", nameof(AgentFilesLayout.Istio));

            // As pilot-agent there: what reads them runs under another user, in the same pod (istio-ca §6.2).
            set("Files:0:KeyMode", get("KUBERNETES_SERVICE_HOST") is null ? null : "0644");
        }
    }

    private static string? Algorithm(Func<string, string?> get) => (get("ECC_SIGNATURE_ALGORITHM"), get("ECC_CURVE")) switch
    {
        ("ECDSA", "P384") => "EcdsaP384",
        ("ECDSA", _) => "EcdsaP256",
        ({ } other, _) => other,
        _ => get("WORKLOAD_RSA_KEY_SIZE") is null ? null : "Rsa",
    };

    /// <summary>A duration as Go writes it, <c>24h0m0s</c>, as ours; another text stays as it is.</summary>
    private static string? GoDuration(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var rest = text.AsSpan();
        var sum = TimeSpan.Zero;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(Digits);
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > 1e7)
            {
                return text;
            }

            var unit = rest[digits..].StartsWith("ms") ? 2 : 1;
            if (rest.Length < digits + unit || UnitOf(rest.Slice(digits, unit)) is not { } length)
            {
                return text;
            }

            sum += number * length;
            rest = rest[(digits + unit)..];
        }

        return sum.ToString("c", CultureInfo.InvariantCulture);
    }

    private static TimeSpan? UnitOf(ReadOnlySpan<char> unit) => unit switch
    {
        "h" => TimeSpan.FromHours(1),
        "m" => TimeSpan.FromMinutes(1),
        "s" => TimeSpan.FromSeconds(1),
        "ms" => TimeSpan.FromMilliseconds(1),
        _ => null,
    };
}
