using System.IO;
using System.Text;
using MeshCA.Federation;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;

namespace MeshCA.Admin.Federation;

/// <summary>Reads bundles and invitations that were handed over.</summary>
internal static class FederationFiles
{
    private const string PemBegin = "-----BEGIN";

    // A bundle document in base64 at most, and what stands around it.
    private const int MaxInvitation = 2 * FederationPlanner.MaxDocument;

    /// <summary>Reads a bundle.</summary>
    /// <param name="file">A SPIFFE bundle document, or certificates in PEM; `-` is standard input.</param>
    /// <param name="trustDomain">Whose it is.</param>
    /// <param name="console">Has standard input.</param>
    /// <returns>A SPIFFE bundle document.</returns>
    /// <exception cref="InvalidDataException">It is neither.</exception>
    public static byte[] ReadBundle(string file, string trustDomain, AdminConsole console)
    {
        var content = Read(file, FederationPlanner.MaxDocument, console);
        if (!TrustDomain.TryParse(trustDomain, out var name, out _))
        {
            throw new InvalidDataException($"`{trustDomain}` is no trust domain");
        }

        var text = Encoding.UTF8.GetString(content);
        if (!text.TrimStart().StartsWith(PemBegin, StringComparison.Ordinal))
        {
            return SpiffeBundleReader.TryRead(name, content, out _, out var error) ? content : throw new InvalidDataException($"`{file}`: {error}");
        }

        // Without a sequence, which PEM cannot have: whatever is fetched first takes its place.
        return X509Bundle.TryParsePem(name, text, out var bundle, out var pemError)
            ? SpiffeBundleWriter.Write(new TrustBundle(bundle))
            : throw new InvalidDataException($"`{file}`: {pemError}");
    }

    /// <summary>Reads an invitation.</summary>
    /// <param name="file">What <c>meshca federation invite</c> printed; `-` is standard input.</param>
    /// <param name="console">Has standard input.</param>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static Invitation ReadInvitation(string file, AdminConsole console) =>
        Invitation.TryRead(Read(file, MaxInvitation, console), out var invitation) ? invitation : throw new InvalidDataException($"`{file}` is no invitation");

    private static byte[] Read(string file, int longest, AdminConsole console)
    {
        try
        {
            using var stream = file == "-" ? console.OpenInput() : File.OpenRead(file);
            using var content = new MemoryStream();
            var buffer = new byte[16 << 10];
            while (stream.Read(buffer) is > 0 and var read)
            {
                if (content.Length + read > longest)
                {
                    throw new InvalidDataException($"`{file}` is larger than {longest} bytes");
                }

                content.Write(buffer, 0, read);
            }

            return content.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }
}
