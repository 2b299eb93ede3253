using AuthzEngine.Policies;
using AuthzEngine.Validation;
using Xunit;

namespace AuthzEngine.Tests.Validation;

/// <summary>Compares what validation finds: each finding as its code, a space and its field.</summary>
internal static class Found
{
    public static IReadOnlyList<string> In(PolicyResource resource) =>
        [.. ResourceValidator.Validate(resource).Select(finding => $"{finding.Code} {finding.Field}")];

    public static void Equal(string[] expected, PolicyResource resource) => Assert.Equal(expected, In(resource));
}
