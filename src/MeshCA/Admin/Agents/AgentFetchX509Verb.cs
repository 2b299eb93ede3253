using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Security.Cryptography;
using SpiffeIdentity.Pem;
using SpiffeIdentity.WorkloadApi;

namespace MeshCA.Admin.Agents;

/// <summary><c>meshca agent fetch x509</c>: what the Workload API gives this process, checked as its clients do.</summary>
internal sealed class AgentFetchX509Verb : IAdminVerb
{
    private const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Public = Secret | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly WorkloadApiParameters _api = new();
    private readonly Option<string> _write = new("--write", "-w")
    {
        Description = "Directory that gets svid.N.pem, svid.N.key (0600), bundle.N.pem and federated_bundle.N.M.pem",
    };

    /// <inheritdoc />
    public string Name => "agent fetch x509";

    /// <inheritdoc />
    public string Description => "Fetch the X509-SVIDs that this process gets of a Workload API";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_write, .. _api.All];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _api.CallAsync(
        arguments,
        output,
        async (client, token) =>
        {
            var context = await client.FetchX509Async(token);
            var report = X509ContextReport.Of(context);
            if (arguments.GetValue(_write) is { } directory)
            {
                Write(Path.GetFullPath(directory), context);
            }

            output.Write(report, WorkloadJson.Default.X509ContextReport, X509ContextReport.Render);
            return ExitCode.Ok;
        },
        cancellationToken);

    private static void Write(string directory, X509Context context)
    {
        Directory.CreateDirectory(directory);
        for (var i = 0; i < context.Credentials.Count; i++)
        {
            var (credential, n) = (context.Credentials[i], i.ToString(CultureInfo.InvariantCulture));
            var key = credential.ExportPrivateKey();
            Replace($"svid.{n}.key", PemEncoding.WriteString("PRIVATE KEY", key) + "\n", Secret);
            CryptographicOperations.ZeroMemory(key);
            Replace($"svid.{n}.pem", PemWriter.WriteCertificates(credential.Svid.Certificates), Public);
            foreach (var bundle in context.Bundles.Where(bundle => credential.Id.MemberOf(bundle.TrustDomain)))
            {
                Replace($"bundle.{n}.pem", bundle.X509.ToPem(), Public);
            }

            foreach (var (m, bundle) in context.Bundles.Where(bundle => !credential.Id.MemberOf(bundle.TrustDomain)).Index())
            {
                Replace(string.Create(CultureInfo.InvariantCulture, $"federated_bundle.{n}.{m}.pem"), bundle.X509.ToPem(), Public);
            }
        }

        void Replace(string name, string content, UnixFileMode mode)
        {
            var aside = Path.Combine(directory, $"{name}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}");
            using (var writer = new StreamWriter(aside, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode }))
            {
                writer.Write(content);
            }

            File.Move(aside, Path.Combine(directory, name), overwrite: true);
        }
    }
}
