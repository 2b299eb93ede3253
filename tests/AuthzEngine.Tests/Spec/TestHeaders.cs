using AuthzEngine.Requests;

namespace AuthzEngine.Tests.Spec;

/// <summary>Headers by lower-case name.</summary>
internal sealed class TestHeaders : Dictionary<string, string[]>, IRequestHeaders
{
    public HeaderLines Find(string name) => TryGetValue(name, out var lines) ? new HeaderLines(lines) : default;
}
