using System.Diagnostics;
using AuthzEngine.Compilation;
using AuthzEngine.Matching;
using MeshCA.Wire.Envoy.Route.V3;

namespace AuthzEngine.Formats.Rbac;

/// <summary>Writes patterns as header matchers.</summary>
internal static class HeaderMatchers
{
    public static HeaderMatcher Of(string name, TextPattern pattern) => pattern.Kind == TextMatch.Present
        ? new() { Name = name, PresentMatch = true }
        : new() { Name = name, StringMatch = StringMatchers.Of(pattern) };

    /// <summary>The pseudo header that is a text attribute.</summary>
    public static string NameOf(TextAttribute attribute) => attribute switch
    {
        TextAttribute.Host => ":authority",
        TextAttribute.Method => ":method",
        TextAttribute.RawPath => ":path",
        _ => throw new UnreachableException("the server name is no header"),
    };
}
