using AuthzEngine.Policies;

namespace AuthzEngine.Validation;

/// <summary>An operation, authorization-policy §6.3.</summary>
internal static class OperationValidator
{
    private static readonly OperationField[] Fields =
    [
        new("hosts", operation => operation.Hosts, null),
        new("notHosts", operation => operation.NotHosts, null),
        new("ports", operation => operation.Ports, PortValidator.Check),
        new("notPorts", operation => operation.NotPorts, PortValidator.Check),
        new("methods", operation => operation.Methods, null),
        new("notMethods", operation => operation.NotMethods, null),
        new("paths", operation => operation.Paths, PathTemplateValidator.Check),
        new("notPaths", operation => operation.NotPaths, PathTemplateValidator.Check),
    ];

    /// <summary>Whether Istio's warning counts the operation as one that also selects TCP connections.</summary>
    public static bool MatchesTcp(Operation? operation) =>
        operation is not null && (operation.Ports.Count > 0 || operation.NotPorts.Count > 0);

    public static void Validate(Operation? operation, string path, FindingReport report)
    {
        if (operation is null)
        {
            report.Add(ValidationCodes.OperationMissing, path, "the operation is missing");
            return;
        }

        if (Fields.All(field => field.Values(operation).Count == 0))
        {
            report.Add(ValidationCodes.OperationEmpty, path, "the operation has no field", "for any operation leave `to` out");
        }

        foreach (var field in Fields)
        {
            ValueList.Validate(field.Values(operation), $"{path}.{field.Name}", report, field.Check);
        }
    }

    private sealed record OperationField(
        string Name, Func<Operation, IReadOnlyList<string>> Values, Func<string, Problem?>? Check);
}
