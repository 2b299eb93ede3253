using System.IO;

namespace KubernetesClient.Configuration;

/// <summary>Reads a kubeconfig: one context of it, its cluster and its user.</summary>
/// <param name="root">The file's content.</param>
/// <param name="directory">The file's directory: paths in it are relative to that.</param>
internal sealed class KubeconfigReader(YamlTree root, string directory)
{
    // What would run programs, call other servers, or act as somebody else; and what no API server takes any more.
    private static readonly Dictionary<string, string> RefusedOfUser = new()
    {
        ["exec"] = "programs that make credentials are not run; use a token file or a client certificate",
        ["auth-provider"] = "credential plug-ins are not supported; use a token file or a client certificate",
        ["as"] = "acting as another user is not supported",
        ["as-uid"] = "acting as another user is not supported",
        ["as-groups"] = "acting as another user is not supported",
        ["as-user-extra"] = "acting as another user is not supported",
        ["username"] = "API servers take no passwords any more",
        ["password"] = "API servers take no passwords any more",
    };

    private readonly List<string> _faults = [];

    /// <summary>Reads it.</summary>
    /// <param name="context">The context; null or empty: the current one.</param>
    /// <param name="timeout">How long a call may take.</param>
    public ConfigurationOutcome Read(string? context, TimeSpan timeout)
    {
        var name = string.IsNullOrEmpty(context) ? root["current-context"].Text : context;
        if (name is null)
        {
            return Refused("current-context: there is none, and no context is configured");
        }

        if (Find("contexts", "context", name) is not { } chosen)
        {
            return Refused($"contexts: there is no `{name}`");
        }

        var cluster = Referenced(name, chosen, "cluster", "clusters");
        var user = Referenced(name, chosen, "user", "users");
        if (cluster is null || user is null)
        {
            return new ConfigurationOutcome.Refused(_faults);
        }

        CheckCluster(cluster);
        CheckUser(user);
        var settings = new ClientSettings
        {
            CertificateAuthority = Content(cluster, "certificate-authority"),
            TlsServerName = cluster["tls-server-name"].Text,
            AccessToken = Token(user),
            ClientCertificate = Content(user, "client-certificate"),
            ClientKey = Content(user, "client-key"),
            Namespace = chosen["namespace"].Text,
            CallTimeout = timeout,
        };
        var outcome = KubernetesClientConfiguration.Create(cluster["server"].Text ?? "", settings);
        return _faults.Count == 0 ? outcome
            : new ConfigurationOutcome.Refused(outcome is ConfigurationOutcome.Refused(var more) ? [.. _faults, .. more] : _faults);
    }

    private static ConfigurationOutcome.Refused Refused(string fault) => new([fault]);

    private void CheckCluster(YamlTree cluster)
    {
        if (cluster["insecure-skip-tls-verify"].Text is "true" or "True" or "TRUE")
        {
            _faults.Add("insecure-skip-tls-verify: a server that anybody could be is not called; name its certificate-authority");
        }

        if (cluster["proxy-url"].IsSomething)
        {
            _faults.Add("proxy-url: proxies are not supported");
        }
    }

    private void CheckUser(YamlTree user)
    {
        foreach (var (field, reason) in RefusedOfUser)
        {
            if (user[field].IsSomething)
            {
                _faults.Add($"{field}: {reason}");
            }
        }
    }

    private YamlTree? Referenced(string context, YamlTree chosen, string member, string list)
    {
        var name = chosen[member].Text;
        var found = name is null ? null : Find(list, member, name);
        if (found is null)
        {
            _faults.Add(name is null ? $"context `{context}`: it names no {member}" : $"{list}: there is no `{name}`, which context `{context}` names");
        }

        return found;
    }

    // The first of a name counts, as for kubectl.
    private YamlTree? Find(string list, string member, string name) =>
        root[list].Items.FirstOrDefault(item => item["name"].Text == name)?[member];

    // As for kubectl: the file of a token goes before the token, the data of a certificate before its file.
    private CredentialContent? Token(YamlTree user) =>
        user["tokenFile"].Text is { Length: > 0 } path ? CredentialContent.In(Path.Combine(directory, path))
        : user["token"].Text is { Length: > 0 } token ? CredentialContent.Of(token)
        : null;

    private CredentialContent? Content(YamlTree holder, string field)
    {
        var dataField = field + "-data";
        if (holder[dataField].Text is { Length: > 0 } data)
        {
            var bytes = new byte[data.Length];
            if (Convert.TryFromBase64String(data, bytes, out var length))
            {
                return CredentialContent.Of(bytes[..length]);
            }

            _faults.Add($"{dataField}: no base64");
        }

        return holder[field].Text is { Length: > 0 } path ? CredentialContent.In(Path.Combine(directory, path)) : null;
    }
}
