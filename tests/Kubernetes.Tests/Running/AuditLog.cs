using System.IO;
using System.Text.Json;

namespace Kubernetes.Tests.Running;

/// <summary>One request that the API server answered, or a watch that it began.</summary>
/// <param name="User">Who asked.</param>
/// <param name="Verb">What for: RBAC's verb.</param>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Resource">The resource, with its subresource after a slash; a path where it is none.</param>
/// <param name="Namespace">Where; null for resources without.</param>
/// <param name="Name">Which; null where the request names none.</param>
/// <param name="Code">The HTTP status.</param>
internal sealed record AuditEntry(string User, string Verb, string Group, string Resource, string? Namespace, string? Name, int Code);

/// <summary>The API server's own record of requests.</summary>
internal sealed class AuditLog(string file)
{
    /// <summary>Everything but what administrators and the server itself do.</summary>
    public const string Policy =
        """
        apiVersion: audit.k8s.io/v1
        kind: Policy
        omitStages: [RequestReceived]
        rules:
        - {level: None, userGroups: ["system:masters"]}
        - {level: Metadata}

        """;

    /// <summary>All entries up to now, of one user.</summary>
    public IReadOnlyList<AuditEntry> Read(string user)
    {
        if (!File.Exists(file))
        {
            return [];
        }

        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        var entries = new List<AuditEntry>();
        while (reader.ReadLine() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            if (Parse(document.RootElement) is { } entry && entry.User == user)
            {
                entries.Add(entry);
            }
        }

        return entries;
    }

    private static AuditEntry? Parse(JsonElement entry)
    {
        var code = entry.TryGetProperty("responseStatus", out var status) && status.TryGetProperty("code", out var number) ? number.GetInt32() : 0;
        var user = Text(entry.GetProperty("user"), "username") ?? ""; // who is not authenticated has no name
        var verb = entry.GetProperty("verb").GetString()!;
        if (!entry.TryGetProperty("objectRef", out var target))
        {
            return new AuditEntry(user, verb, "", entry.GetProperty("requestURI").GetString()!, null, null, code);
        }

        var resource = Text(target, "resource") + (Text(target, "subresource") is { } below ? "/" + below : "");
        return new AuditEntry(user, verb, Text(target, "apiGroup") ?? "", resource, Text(target, "namespace"), Text(target, "name"), code);
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
