using System.IO;
using System.Security.Cryptography;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Authentication.Development;
using MeshCA.Authentication.Tokens;
using MeshCA.Configuration;
using MeshCA.Storage;
using SpiffeIdentity.Pem;

namespace MeshCA.Agent.Connecting;

/// <summary>Finds what proves the agent's identity now. Nothing is kept: files are read for each call, since others renew them.</summary>
/// <param name="options">Where credentials are.</param>
/// <param name="states">Has the SVIDs that may prove it too.</param>
/// <param name="clock">The clock.</param>
internal sealed class AgentCredentials(AgentOptions options, IAgentStates states, TimeProvider clock)
{
    private const int MaxChainLength = 1 << 20;
    private const int MaxKeyLength = 64 * 1024;
    private readonly ShownCertificate _held = new();
    private readonly ShownCertificate _files = new();

    /// <summary>Finds them for an entry.</summary>
    /// <param name="entry">The entry; null for the agent's own calls.</param>
    public CredentialSearch Find(RegistrationEntry? entry)
    {
        var (found, faults) = (new List<AgentCredential>(), new List<string>());
        if (entry?.TokenFile is { } file)
        {
            AddToken(file, found, faults);
            return new(found, faults);
        }

        AddHeld(found, faults);
        AddDirectory(found, faults);
        if (options.TokenFile.Length > 0)
        {
            AddToken(options.TokenFile, found, faults);
        }

        AddDevelopment(found, faults);
        return new(found, faults);
    }

    /// <summary>Whether an entry is for the identity that the agent's own credential proves.</summary>
    public bool IsOwn(RegistrationEntry entry) =>
        entry.TokenFile is null && (entry.Id is null || entry.Id.ToString() == options.SpiffeId);

    private static void AddToken(string path, List<AgentCredential> found, List<string> faults)
    {
        if (TokenFile.TryRead(path, out var token, out var fault))
        {
            found.Add(AgentCredential.OfToken($"token file {path}", token));
        }
        else
        {
            faults.Add(fault);
        }
    }

    private void AddHeld(List<AgentCredential> found, List<string> faults)
    {
        if (!options.RenewWithSvid || states.Current.Svids.FirstOrDefault(svid => IsOwn(svid.Entry)) is not { } held)
        {
            return;
        }

        var chain = PemWriter.WriteCertificates(held.Svid.Certificates);
        var key = PemEncoding.WriteString("PRIVATE KEY", held.PrivateKey.Span);
        Add(_held, "SVID", System.Text.Encoding.ASCII.GetBytes(chain), System.Text.Encoding.ASCII.GetBytes(key), found, faults);
    }

    private void AddDirectory(List<AgentCredential> found, List<string> faults)
    {
        if (options.CertificateDirectory.Length == 0)
        {
            return;
        }

        var chain = SmallFile.TryRead(Path.Combine(options.CertificateDirectory, CredentialDirectory.ChainFile), MaxChainLength, out var fault);
        var key = chain is null ? null : SmallFile.TryRead(Path.Combine(options.CertificateDirectory, CredentialDirectory.KeyFile), MaxKeyLength, out fault);
        if (chain is null || key is null)
        {
            faults.Add(fault ?? options.CertificateDirectory);
            return;
        }

        Add(_files, $"directory {options.CertificateDirectory}", chain, key, found, faults);
    }

    private void Add(ShownCertificate shown, string source, byte[] chain, byte[] key, List<AgentCredential> found, List<string> faults)
    {
        if (shown.TryPrepare(chain, key, clock.GetUtcNow(), out var context, out var fault))
        {
            found.Add(AgentCredential.OfCertificate(source, context));
        }
        else
        {
            faults.Add($"{source}: {fault}");
        }
    }

    private void AddDevelopment(List<AgentCredential> found, List<string> faults)
    {
        if (options.DevDirectory.Length == 0)
        {
            return;
        }

        var words = options.DevServiceAccount.Split('/');
        try
        {
            if (ServiceAccount.TryCreate(words[0], words[^1], out var account) && DevTokenIssuer.TryOpen(options.DevDirectory, clock, out var issuer))
            {
                using (issuer)
                {
                    found.Add(AgentCredential.OfToken("development issuer", issuer.Mint(new DevToken { Account = account })));
                }

                return;
            }

            faults.Add($"`{options.DevDirectory}` has no development issuer");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(e.Message);
        }
    }
}
