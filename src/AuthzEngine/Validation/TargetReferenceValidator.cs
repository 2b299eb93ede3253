using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Validation;

/// <summary>spec.targetRef and spec.targetRefs, authorization-policy §6.2.</summary>
internal static class TargetReferenceValidator
{
    private const int MaxReferences = 16;
    private const int MaxNameLength = 253;

    public static void Validate(
        WorkloadSelector? selector, PolicyTargetReference? single, IReadOnlyList<PolicyTargetReference> several, FindingReport report)
    {
        // `selector: {}` counts, although it selects as if it were absent.
        bool[] set = [selector is not null, single is not null, several.Count > 0];
        if (set.Count(isSet => isSet) > 1)
        {
            report.Add(ValidationCodes.TargetAmbiguous, "spec", "only one of selector, targetRef and targetRefs may be set");
        }

        if (several.Count > MaxReferences)
        {
            report.Add(ValidationCodes.TargetReferencesTooMany, "spec.targetRefs", $"{several.Count} references, at most {MaxReferences} are allowed");
        }

        if (single is not null)
        {
            ValidateReference(single, "spec.targetRef", report);
        }

        for (var i = 0; i < several.Count; i++)
        {
            ValidateReference(several[i], $"spec.targetRefs[{i}]", report);
        }
    }

    private static void ValidateReference(PolicyTargetReference reference, string field, FindingReport report)
    {
        if (reference.Name.Length == 0)
        {
            report.Add(ValidationCodes.TargetReferenceName, field + ".name", "the name is missing");
        }
        else if (reference.Name.EnumerateRunes().Count() > MaxNameLength)
        {
            report.Add(ValidationCodes.TargetReferenceName, field + ".name", $"the name has more than {MaxNameLength} characters");
        }

        if (reference.Namespace.Length > 0)
        {
            report.Add(
                ValidationCodes.TargetReferenceNamespace, field + ".namespace", "a policy attaches only within its own namespace", "leave it out");
        }

        if (!IsAttachable(reference.Group, reference.Kind))
        {
            report.Add(
                ValidationCodes.TargetReferenceKind,
                field,
                $"policies do not attach to kind {Excerpt.Of(reference.Kind)} of group {Excerpt.Of(reference.Group)}, "
                    + "only to Service, ServiceEntry, Gateway and GatewayClass");
        }
    }

    private static bool IsAttachable(string group, string kind) => (group, kind) is ("" or "core", "Service")
        or ("networking.istio.io", "ServiceEntry")
        or ("gateway.networking.k8s.io", "Gateway" or "GatewayClass");
}
