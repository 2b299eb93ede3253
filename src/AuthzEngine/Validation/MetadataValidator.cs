using System.Buffers;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Validation;

/// <summary>Names and annotations, authorization-policy §6.1.</summary>
internal static class MetadataValidator
{
    private const int MaxNameLength = 253; // DNS-1123 subdomain
    private const int MaxNamespaceLength = 63; // DNS-1123 label

    // A file may name a policy as no cluster would: what it says is as clear as before. Rule ids must stay unambiguous.
    private static readonly SearchValues<char> NameAlphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._");

    private static readonly SearchValues<char> LabelAlphabet =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    // The control plane writes the first two on what it derives; the third tests that the webhook answers.
    private static readonly string[] Reserved =
        ["internal.istio.io/parents", "internal.istio.io/parent-namespace", "internal.istio.io/webhook-always-reject"];

    public static void Validate(PolicyResource resource, FindingReport report)
    {
        ValidateName(resource.Id.Name, report);
        ValidateNamespace(resource.Id.Namespace, report);
        foreach (var name in Reserved.Where(resource.Annotations.ContainsKey))
        {
            report.Add(ValidationCodes.AnnotationReserved, Annotation(name), "only the control plane may set this annotation");
        }

        if (resource.Annotations.TryGetValue(AuthorizationPolicy.DryRunAnnotation, out var dryRun))
        {
            ValidateDryRun(resource, dryRun, report);
        }
    }

    private static void ValidateName(string name, FindingReport report)
    {
        if (name.Length is 0 or > MaxNameLength || name.AsSpan().ContainsAnyExcept(NameAlphabet))
        {
            report.Add(
                ValidationCodes.NameInvalid,
                "metadata.name",
                name.Length == 0
                    ? "the name is missing"
                    : $"{Excerpt.Of(name)} is not a name of at most 253 letters, digits, dots, dashes and underscores");
        }
        else if (!name.Split('.').All(IsLabel))
        {
            report.Add(
                ValidationCodes.NameRefusedByKubernetes, "metadata.name", $"{Excerpt.Of(name)} is not a DNS-1123 subdomain");
        }
    }

    // Strict, unlike a name: a policy for `Shop` was meant for `shop`, and would reach nobody.
    private static void ValidateNamespace(string name, FindingReport report)
    {
        if (name.Length > MaxNamespaceLength || !IsLabel(name))
        {
            report.Add(
                ValidationCodes.NamespaceInvalid,
                "metadata.namespace",
                name.Length == 0 ? "the namespace is missing" : $"{Excerpt.Of(name)} is not a DNS-1123 label of at most 63 characters");
        }
    }

    private static void ValidateDryRun(PolicyResource resource, string value, FindingReport report)
    {
        var field = Annotation(AuthorizationPolicy.DryRunAnnotation);
        if (resource is not AuthorizationPolicy policy)
        {
            report.Add(ValidationCodes.DryRunUnsupported, field, $"{resource.Id.Kind} has no dry run");
            return;
        }

        if (policy.Action is PolicyAction.Audit or PolicyAction.Custom)
        {
            report.Add(ValidationCodes.DryRunUnsupported, field, "only ALLOW and DENY have a dry run");
        }

        if (!DryRun.TryParse(value, out _))
        {
            report.Add(ValidationCodes.DryRunNotBoolean, field, $"{Excerpt.Of(value)} is not a boolean", "write `true` or `false`");
        }
    }

    private static bool IsLabel(string text) =>
        text is not ("" or ['-', ..] or [.., '-']) && !text.AsSpan().ContainsAnyExcept(LabelAlphabet);

    private static string Annotation(string name) => "metadata.annotations" + MemberName.Of(name);
}
