using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using MeshCA.Configuration;

namespace MeshCA.Authentication.Development;

/// <summary>A local issuer for trying things out: <c>serve --dev</c> accepts its tokens, <c>token mint</c> makes them.</summary>
/// <remarks>Whoever reads its key can be any workload, so nothing but <c>--dev</c> may configure it.</remarks>
internal sealed class DevTokenIssuer : IDisposable
{
    /// <summary>The <c>iss</c> of its tokens.</summary>
    public const string Url = "https://dev.meshca.local";

    /// <summary>Its configured name.</summary>
    public const string Name = "dev";

    private const string KeyFile = "dev-issuer-key.pem";
    private const string KeySetFile = "dev-issuer-jwks.json";
    private const UnixFileMode SecretMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode PublicMode = SecretMode | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly ECDsa _key;
    private readonly string _keyId;
    private readonly TimeProvider _clock;

    private DevTokenIssuer(ECDsa key, TimeProvider clock)
    {
        _key = key;
        _keyId = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..16];
        _clock = clock;
    }

    /// <summary>The issuer to configure in a service that runs in dev mode on the same directory.</summary>
    public static TokenIssuerOptions ToOptions(string directory) =>
        new() { Name = Name, Issuer = Url, JwksFile = Path.Combine(directory, KeySetFile) };

    /// <summary>Opens the issuer of a directory, or makes one; also right when several processes start at once.</summary>
    /// <param name="directory">Where the key (0600) and the public JWK Set lie.</param>
    /// <param name="clock">The clock its tokens go by.</param>
    /// <exception cref="IOException">The files cannot be read or written.</exception>
    public static DevTokenIssuer OpenOrCreate(string directory, TimeProvider clock)
    {
        Directory.CreateDirectory(directory);
        if (!TryOpen(directory, clock, out var issuer))
        {
            PublishOnce(Path.Combine(directory, KeyFile), NewKeyPem(), SecretMode);
            issuer = TryOpen(directory, clock, out var created) ? created : throw new IOException($"no key in `{directory}`");
        }

        // Written anew each time: it follows from the key, and a crash may have kept it from being written.
        var set = Path.Combine(directory, KeySetFile);
        Publish(set, issuer.WriteKeySet(), PublicMode, overwrite: true);
        return issuer;
    }

    /// <summary>Opens the issuer that a directory holds.</summary>
    /// <returns>Whether it holds one: dev mode was never on there otherwise.</returns>
    /// <exception cref="IOException">The key cannot be read, or is none.</exception>
    public static bool TryOpen(string directory, TimeProvider clock, [NotNullWhen(true)] out DevTokenIssuer? issuer)
    {
        var path = Path.Combine(directory, KeyFile);
        issuer = File.Exists(path) ? new DevTokenIssuer(ReadKey(path), clock) : null;
        return issuer is not null;
    }

    /// <summary>Mints a token.</summary>
    public string Mint(DevToken token)
    {
        var header = Encode(Encoding.UTF8.GetBytes($$"""{"alg":"ES256","kid":"{{_keyId}}","typ":"JWT"}"""));
        var tokenId = new Guid(RandomNumberGenerator.GetBytes(16)).ToString();
        var signed = $"{header}.{Encode(token.WriteClaims(Url, tokenId, _clock.GetUtcNow()).Span)}";
        return $"{signed}.{Encode(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    /// <inheritdoc />
    public void Dispose() => _key.Dispose();

    private string WriteKeySet()
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        return $$"""
            {"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"{{_keyId}}","x":"{{Encode(point.X)}}","y":"{{Encode(point.Y)}}"}]}
            """;
    }

    private static string NewKeyPem()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem() + "\n";
    }

    private static ECDsa ReadKey(string path)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            return key;
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new IOException($"`{path}` holds no usable key", exception);
        }
    }

    // The first one's key stands; the others read it.
    private static void PublishOnce(string path, string content, UnixFileMode mode)
    {
        try
        {
            Publish(path, content, mode, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was faster.
        }
    }

    // Written aside and moved: a reader sees the whole file or none.
    private static void Publish(string path, string content, UnixFileMode mode, bool overwrite)
    {
        var aside = $"{path}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = mode;
            }

            using (var writer = new StreamWriter(aside, options))
            {
                writer.Write(content);
            }

            File.Move(aside, path, overwrite);
        }
        finally
        {
            File.Delete(aside);
        }
    }

    private static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);
}
