using AuthzEngine.Requests;

namespace MeshCA.Decisions;

/// <summary>Headers that know how much memory keeping them takes.</summary>
internal interface IMeasuredHeaders : IRequestHeaders
{
    /// <summary>About how many bytes they hold on to.</summary>
    long HeldBytes { get; }
}
