using System.CommandLine;
using System.IO;
using KubernetesClient;
using KubernetesClient.Configuration;
using MeshCA.Admin.Meshes;
using MeshCA.Authorities;
using MeshCA.Authorities.Plugin;
using MeshCA.Clusters;
using MeshCA.ClusterSecrets;
using MeshCA.Wire.Admin;
using SpiffeIdentity.Pem;

namespace MeshCA.Admin.Authorities;

/// <summary><c>meshca root import</c>: begins a rotation to a root that was made elsewhere.</summary>
internal sealed class RootImportVerb(TimeProvider clock) : IAdminVerb
{
    private readonly OrderParameters _order = new(clock, canForce: false);

    private readonly Argument<string?> _certificate = new("certificate")
    {
        Description = "PEM file of the self-signed root",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _secret = new("--from-secret")
    {
        Description = "Take root and key from a secret instead, as NAMESPACE/NAME: istio-system/istio-ca-secret, or cacerts with a self-signed ca-cert.pem",
    };

    private readonly Option<string?> _kubeconfig = new("--kubeconfig")
    {
        Description = "The kubeconfig file for --from-secret (default: the variable KUBECONFIG; without either the cluster that the command runs in)",
    };

    private readonly Option<string> _context = new("--context")
    {
        Description = "Context of the kubeconfig (default: its current one)",
        DefaultValueFactory = _ => "",
    };

    private readonly Option<string> _cross = new("--cross")
    {
        Description = "PEM file of the root's key certified by the active root (default: the service signs one, where it has the active root's key)",
    };

    private readonly Option<string> _key = new("--root-key")
    {
        Description = "PEM file of the root's private key, to be sealed in the store (default: it stays elsewhere, see `meshca authority csr`)",
    };

    private readonly Option<bool> _manual = new("--manual")
    {
        Description = "Let each later step wait for its command, even where its conditions are met",
    };

    /// <inheritdoc />
    public string Name => "root import";

    /// <inheritdoc />
    public string Description => "Begin a rotation to a root that was made elsewhere";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_certificate, _secret, _kubeconfig, _context, _cross, _key, _manual, .. _order.All];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var (file, secret) = (arguments.GetValue(_certificate), arguments.GetValue(_secret));
        if ((file is null) == (secret is null) || (secret is not null && arguments.GetValue(_key) is not null))
        {
            output.Fail($"give either a certificate's file, with {_key.Name} where its key is to come along, or {_secret.Name}");
            return ExitCode.Usage;
        }

        var (root, failed) = secret is null ? (await ReadFilesAsync(file!, arguments, cancellationToken), ExitCode.Ok) // not null: one of both is there
            : await ReadSecretAsync(secret, arguments, output, cancellationToken);
        if (root is null)
        {
            return failed;
        }

        root.CrossCertificatePem = await ReadAsync(arguments.GetValue(_cross), cancellationToken);
        return await _order.OrderAsync(
            arguments,
            output,
            async (client, options) => await client.BeginRotationAsync(
                new BeginRotationRequest { Manual = arguments.GetValue(_manual), Reason = _order.Reason(arguments), Root = root }, options),
            cancellationToken);
    }

    private async Task<SuppliedRoot> ReadFilesAsync(string file, ParseResult arguments, CancellationToken cancellationToken) => new()
    {
        CertificatePem = await File.ReadAllTextAsync(file, cancellationToken),
        KeyPem = await ReadAsync(arguments.GetValue(_key), cancellationToken),
    };

    private async Task<(SuppliedRoot? Root, ExitCode Failed)> ReadSecretAsync(
        string text, ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (!ObjectName.TryParse(text, out var name))
        {
            output.Fail($"`{text}` is not NAMESPACE/NAME");
            return (null, ExitCode.Usage);
        }

        var outcome = ClusterConnections.Load(
            arguments.GetValue(_kubeconfig) ?? ClusterConnections.DefaultKubeconfig, arguments.GetRequiredValue(_context));
        if (outcome is not ConfigurationOutcome.Loaded(var configuration))
        {
            ((ConfigurationOutcome.Refused)outcome).Faults.ToList().ForEach(output.Fail);
            return (null, ExitCode.Usage);
        }

        using var api = new KubernetesApi(configuration, clock);
        switch (await new SecretPluginSource(api, name).ReadAsync(cancellationToken))
        {
            case PluginFilesOutcome.Found(var files) when IsSelfSigned(files.Certificate):
                return (new SuppliedRoot { CertificatePem = files.Certificate, KeyPem = files.Key }, ExitCode.Ok);
            case PluginFilesOutcome.Found:
                output.Fail($"secret `{name}` holds no self-signed certificate: an intermediate is taken over with Authorities:ImportSecret or Authorities:PluginSecret");
                return (null, ExitCode.Refused);
            case PluginFilesOutcome.Incomplete(var fault):
                output.Fail(fault);
                return (null, ExitCode.Unavailable);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static bool IsSelfSigned(string pem) =>
        CertificatePem.TryRead(pem, MeshCA.Authorities.Supplied.SuppliedRoot.MaxPemLength, 1, out var found, out _) && SelfSigned.Is(found[0]);

    private static async Task<string> ReadAsync(string? path, CancellationToken cancellationToken) =>
        path is null ? "" : await File.ReadAllTextAsync(path, cancellationToken);
}
