namespace MeshCA.Serving;

/// <summary>Reads a serving certificate that somebody else issued.</summary>
internal interface IServingFileSource
{
    /// <summary>Reads both files; null if they are the ones read last.</summary>
    /// <exception cref="System.IO.IOException">A file cannot be read.</exception>
    ServingFiles? ReadIfChanged();
}

/// <summary>The PEM texts of a serving certificate with chain, and of its key.</summary>
internal sealed class ServingFiles(string certificates, string key)
{
    public string Certificates { get; } = certificates;

    public string Key { get; } = key;
}
