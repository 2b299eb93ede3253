using System.IO;
using System.Net;

namespace KubernetesClient.Configuration;

/// <summary>Where an API server is, how it is known, and as whom it is called. No record: it leads to keys.</summary>
public sealed class KubernetesClientConfiguration
{
    /// <summary>Where each pod finds what it needs to call the API server.</summary>
    public const string ServiceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

    private KubernetesClientConfiguration(Uri server) => Server = server;

    /// <summary>The server, with the path before <c>/api</c> if there is one.</summary>
    public Uri Server { get; }

    /// <summary>Roots in PEM that the server's certificate must lead to, and no others; null: those of the system.</summary>
    public CredentialContent? CertificateAuthority { get; private init; }

    /// <summary>The name that the server's certificate must have; null: that of the URL.</summary>
    public string? TlsServerName { get; private init; }

    /// <summary>The bearer token; null for none.</summary>
    public CredentialContent? AccessToken { get; private init; }

    /// <summary>The client certificate in PEM, of which the first is shown; null for none.</summary>
    public CredentialContent? ClientCertificate { get; private init; }

    /// <summary>The client certificate's key in PEM; null for none.</summary>
    public CredentialContent? ClientKey { get; private init; }

    /// <summary>Namespace of the context or of the pod; null where none is said.</summary>
    public string? Namespace { get; private init; }

    /// <summary>How long a call may take.</summary>
    public TimeSpan CallTimeout { get; private init; } = ApiLimits.CallTimeout;

    /// <summary>Makes a configuration of its parts.</summary>
    /// <param name="server">The server's URL.</param>
    /// <param name="settings">The rest.</param>
    public static ConfigurationOutcome Create(string server, ClientSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        List<string> faults = [.. ServerFaults(server), .. settings.Faults()];
        return faults.Count > 0
            ? new ConfigurationOutcome.Refused(faults)
            : new ConfigurationOutcome.Loaded(new KubernetesClientConfiguration(new Uri(server))
            {
                CertificateAuthority = settings.CertificateAuthority,
                TlsServerName = settings.TlsServerName,
                AccessToken = settings.AccessToken,
                ClientCertificate = settings.ClientCertificate,
                ClientKey = settings.ClientKey,
                Namespace = settings.Namespace,
                CallTimeout = settings.CallTimeout,
            });
    }

    /// <summary>The configuration of a context in a kubeconfig file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="context">The context; null or empty: the file's current one.</param>
    /// <param name="callTimeout">How long a call may take; null: <see cref="ApiLimits.CallTimeout"/>.</param>
    public static ConfigurationOutcome BuildConfigFromConfigFile(string path, string? context, TimeSpan? callTimeout = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (CredentialContent.In(path).Read() is not { } bytes)
        {
            return new ConfigurationOutcome.Refused([$"{path}: cannot be read, or is larger than {CredentialContent.MaxBytes} bytes"]);
        }

        if (!YamlTree.TryRead(bytes, out var root, out var fault))
        {
            return new ConfigurationOutcome.Refused([$"{path}: {fault}"]);
        }

        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var outcome = new KubeconfigReader(root, directory).Read(context, callTimeout ?? ApiLimits.CallTimeout);
        return outcome is ConfigurationOutcome.Refused(var faults)
            ? new ConfigurationOutcome.Refused([.. faults.Select(each => $"{path}: {each}")])
            : outcome;
    }

    /// <summary>The configuration that each pod finds in its own cluster.</summary>
    /// <param name="host">The variable <c>KUBERNETES_SERVICE_HOST</c>.</param>
    /// <param name="port">The variable <c>KUBERNETES_SERVICE_PORT</c>.</param>
    /// <param name="directory">Where token and root are.</param>
    /// <param name="callTimeout">How long a call may take; null: <see cref="ApiLimits.CallTimeout"/>.</param>
    public static ConfigurationOutcome InClusterConfig(
        string? host, string? port, string directory = ServiceAccountDirectory, TimeSpan? callTimeout = null)
    {
        if (string.IsNullOrEmpty(host) || string.IsNullOrEmpty(port))
        {
            return new ConfigurationOutcome.Refused(
                ["not in a cluster: the variables KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set"]);
        }

        var address = IPAddress.TryParse(host, out var ip) && ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{host}]" : host;
        var ns = CredentialContent.In(Path.Combine(directory, "namespace")).Read();
        return Create($"https://{address}:{port}", new ClientSettings
        {
            CertificateAuthority = CredentialContent.In(Path.Combine(directory, "ca.crt")),
            AccessToken = CredentialContent.In(Path.Combine(directory, "token")),
            Namespace = ns is null ? null : System.Text.Encoding.UTF8.GetString(ns).Trim(),
            CallTimeout = callTimeout ?? ApiLimits.CallTimeout,
        });
    }

    private static IEnumerable<string> ServerFaults(string server)
    {
        if (!Uri.TryCreate(server, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http") || uri.Host.Length == 0)
        {
            yield return $"server: `{server}` is no https URL";
        }
        else if (uri.Scheme == Uri.UriSchemeHttp && !uri.IsLoopback)
        {
            yield return $"server: `{server}` is not encrypted; http is for loopback alone";
        }
        else if (uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0)
        {
            yield return "server: the URL has more than a host, a port and a path";
        }
    }
}
