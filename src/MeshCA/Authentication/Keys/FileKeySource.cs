using System.IO;

namespace MeshCA.Authentication.Keys;

/// <summary>A JWK Set in a local file, read whole each time: small, and mounts change in ways that watches miss.</summary>
internal sealed class FileKeySource(string path) : IKeySource
{
    public async Task<KeyReading> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(path);
            if (file.Length > JsonWebKeySetParser.MaxLength)
            {
                return new KeyReading.Failed(KeySourceError.TooLarge, path);
            }

            var document = new byte[file.Length];
            await file.ReadExactlyAsync(document, cancellationToken);
            return KeyReading.Parse(document);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new KeyReading.Failed(KeySourceError.Unreachable, exception.Message);
        }
    }
}
