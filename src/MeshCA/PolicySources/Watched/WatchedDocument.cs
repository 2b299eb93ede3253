using AuthzEngine.Admission;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Policies;

namespace MeshCA.PolicySources.Watched;

/// <summary>The document of a resource whose name the API server vouches for, whatever its text is like.</summary>
internal static class WatchedDocument
{
    /// <summary>Finds it.</summary>
    /// <param name="result">What reading the text gave.</param>
    /// <param name="id">The resource.</param>
    public static SourceDocument Of(ReadResult result, ResourceId id)
    {
        var document = result.Documents is [var only] ? only : new SourceDocument();
        return document.Id == id && result.IsComplete ? document : document with
        {
            Id = id,
            Resource = null,
            Namespace = id.Namespace,
            Findings = [.. result.AllFindings.Select(finding => finding with { Resource = id })],
        };
    }
}
