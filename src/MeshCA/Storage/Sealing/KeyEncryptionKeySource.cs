using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using MeshCA.Authorities;
using MeshCA.Configuration;

namespace MeshCA.Storage.Sealing;

/// <summary>Finds the key-encryption key where the options say it is.</summary>
internal static class KeyEncryptionKeySource
{
    // A key file holds 64 characters; a path to something else must not be read whole into memory.
    private const int MaxFileSize = 1024;

    /// <summary>Loads the key.</summary>
    /// <param name="options">Which file or variable.</param>
    /// <param name="storeIsNew">Whether nothing is sealed yet, so that a key may be drawn where the options allow it.</param>
    /// <exception cref="KeySealException">The key is missing, unreadable, or no key; the message names the source.</exception>
    public static KeyEncryptionKey Load(StorageOptions options, bool storeIsNew)
    {
        if (options.KeyEncryptionKeyVariable is { Length: > 0 } variable)
        {
            return FromVariable(variable);
        }

        var path = FilePath(options);
        if (storeIsNew && options.CreateKeyEncryptionKey && !File.Exists(path))
        {
            Create(path);
        }

        return FromFile(path);
    }

    /// <summary>The file the key comes from, where it comes from a file.</summary>
    public static string FilePath(StorageOptions options) =>
        options.KeyEncryptionKeyFile is { Length: > 0 } file ? file : Path.Combine(options.DirectoryPath, "kek");

    /// <summary>Whether the key comes from a file that its group or others may read.</summary>
    /// <exception cref="IOException">There is no such file any more.</exception>
    public static bool IsReadableByOthers(StorageOptions options) =>
        options.KeyEncryptionKeyVariable is not { Length: > 0 }
        && (File.GetUnixFileMode(FilePath(options)) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) != 0;

    [SuppressMessage(
        "ApiDesign",
        "RS0030:Do not use banned APIs",
        Justification = "The configuration holds the variable's name only: read through it, the key would show in every dump of the settings.")]
    private static KeyEncryptionKey FromVariable(string name)
    {
        var source = $"environment variable `{name}`";
        return Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? Decode(Encoding.UTF8.GetBytes(text), source)
            : throw new KeySealException($"the key-encryption key is missing: {source} is not set");
    }

    private static KeyEncryptionKey FromFile(string path)
    {
        var source = $"file `{path}`";
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > MaxFileSize)
            {
                throw new KeySealException($"{source} holds no key-encryption key: it is larger than {MaxFileSize} bytes");
            }

            var text = new byte[file.Length];
            file.ReadExactly(text);
            return Decode(text, source);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new KeySealException($"the key-encryption key is missing: {source} does not exist", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new KeySealException($"the key-encryption key cannot be read from {source}", exception);
        }
    }

    private static KeyEncryptionKey Decode(byte[] text, string source)
    {
        byte[]? key = null;
        try
        {
            return KeyEncryptionKey.TryDecode(text, out key)
                ? new KeyEncryptionKey(key, source)
                : throw new KeySealException($"{source} holds no key-encryption key: 32 bytes as Base64 or hexadecimal");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static void Create(string path)
    {
        Span<byte> key = stackalloc byte[KeyEncryptionKey.Size];
        RandomNumberGenerator.Fill(key);
        var text = Encoding.ASCII.GetBytes(Convert.ToBase64String(key) + "\n");
        try
        {
            Place(path, text);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new KeySealException($"the key-encryption key cannot be created in file `{path}`", exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
            CryptographicOperations.ZeroMemory(key);
        }
    }

    // Written aside and moved when it is whole: an end in between leaves no file under the name that every later start would
    // take for the key. Without overwriting: a key that came there meanwhile has sealed something already.
    private static void Place(string path, ReadOnlySpan<byte> text)
    {
        var aside = $"{path}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        using (var file = new FileStream(aside, StoreFiles.CreateSecret))
        {
            try
            {
                file.Write(text);

                // Losing the key loses every authority: it must be on disk before anything is sealed with it.
                file.Flush(flushToDisk: true);
                File.Move(aside, path, overwrite: false);
            }
            finally
            {
                File.Delete(aside);
            }
        }

        // And so must its name: the database may lie in another directory, and so reach the disk before it.
        DirectorySync.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!); // not null: a file is in a directory
    }
}
