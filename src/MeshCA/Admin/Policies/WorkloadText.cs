using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using AuthzEngine.Formats.Words;
using AuthzEngine.Policies;

namespace MeshCA.Admin.Policies;

/// <summary>A workload as command lines write it: <c>namespace</c>, or <c>namespace/label=value,label=value</c>.</summary>
internal static class WorkloadText
{
    /// <summary>The option that says which kind of proxy a workload has.</summary>
    public static Option<ProxyKind> ProxyOption() => new Option<ProxyKind>("--proxy")
    {
        Description = "Kind of the workload's proxy: Sidecar (the default), Gateway or Waypoint",
    }.AsOneOf();

    /// <summary>Reads one.</summary>
    /// <param name="text">The text; untrusted.</param>
    /// <param name="workload">The workload, or null.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out Workload? workload)
    {
        workload = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal); // the first: a label's key may hold one too
        if (!LabelText.TryParse(slash < 0 ? "" : text[(slash + 1)..], out var labels))
        {
            return false;
        }

        var name = slash < 0 ? text : text[..slash];
        workload = name.Length == 0 ? null : new() { Namespace = name, Labels = labels };
        return workload is not null;
    }

    /// <summary>Prints a workload, as it is read.</summary>
    public static string Of(Workload workload)
    {
        var labels = LabelText.Of(workload.Labels);
        return workload.Namespace + (labels.Length == 0 ? "" : $"/{labels}");
    }

    /// <summary>Prints a workload with the kind of its proxy, and the service of a waypoint.</summary>
    public static string Describe(Workload workload) =>
        $"{Of(workload)} ({ProxyNames.Of(workload.Proxy)})"
        + (workload.Service is { } service ? $" for service {service.Namespace}/{service.Name}" : "");
}
