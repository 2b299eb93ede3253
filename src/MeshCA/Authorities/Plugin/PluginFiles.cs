namespace MeshCA.Authorities.Plugin;

/// <summary>The files of a plug-in authority as read: PEM texts by role.</summary>
/// <remarks>A class and not a record: a record's printed form would hold the key.</remarks>
internal sealed class PluginFiles
{
    /// <summary>The signing certificate (<c>ca-cert.pem</c>, or the first of <c>tls.crt</c>).</summary>
    public required string Certificate { get; init; }

    /// <summary>Its private key (<c>ca-key.pem</c>, <c>tls.key</c>), not encrypted.</summary>
    public required string Key { get; init; }

    /// <summary>The authorities above it (<c>cert-chain.pem</c>, <c>tls.crt</c>); the signing certificate and roots may be in it too.</summary>
    public required string Chain { get; init; }

    /// <summary>The trust bundle (<c>root-cert.pem</c>, <c>ca.crt</c>).</summary>
    public required string Roots { get; init; }
}

/// <summary>Reads a plug-in authority's files.</summary>
internal interface IPluginFileSource
{
    /// <summary>Reads all of them at once.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    ValueTask<PluginFilesOutcome> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>The outcome of reading.</summary>
internal abstract record PluginFilesOutcome
{
    private PluginFilesOutcome()
    {
    }

    /// <summary>All files are there.</summary>
    internal sealed record Found(PluginFiles Files) : PluginFilesOutcome;

    /// <summary>Files are missing or cannot be read: an incomplete set is an error, never a reason to make a root of our own.</summary>
    internal sealed record Incomplete(string Fault) : PluginFilesOutcome;
}
