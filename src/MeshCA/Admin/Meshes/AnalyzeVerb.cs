using System.CommandLine;
using System.IO;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml;
using MeshCA.ClusterAnalysis;
using MeshCA.Wire.Admin;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Meshes;

/// <summary><c>meshca analyze</c>: what is wrong with a mesh, or will be: authorities, roots, issuer, policies, mutual TLS.</summary>
internal sealed class AnalyzeVerb(TimeProvider clock) : IAdminVerb
{
    private readonly ClusterParameters _clusters = new(isManyAllowed: true);
    private readonly AdminSocketParameters _socket = new();

    private readonly Option<Uri> _issuer = new Option<Uri>("--issuer")
    {
        Description = "The service's HTTP port, as http://host:15014: is it there, is it ready, which roots does it publish",
    }.AsUrl(Uri.UriSchemeHttp, Uri.UriSchemeHttps);

    private readonly Option<Severity> _threshold = new Option<Severity>("--threshold")
    {
        Description = "The least level at which the command ends with 5: Error (the default), Warning or Info",
    }.AsOneOf();

    private readonly Option<Severity?> _level = new Option<Severity?>("--level")
    {
        Description = "The least level that is shown: Error, Warning or Info (the default)",
    }.AsOneOf();

    private readonly Option<string?> _mesh = new("--mesh") { Description = "File with the mesh's settings; without it those of the ConfigMap `istio`" };

    private readonly Option<TimeSpan> _rootWindow = new Option<TimeSpan>("--root-window")
    {
        Description = "How long before a root's end to warn, as [d.]hh:mm:ss",
        DefaultValueFactory = _ => TimeSpan.FromDays(90),
    }.AsLength(TimeSpan.FromHours(1));

    private readonly Option<TimeSpan> _intermediateWindow = new Option<TimeSpan>("--intermediate-window")
    {
        Description = "How long before an intermediate's end to warn, as [d.]hh:mm:ss; needs the service's administration (--socket or --server)",
        DefaultValueFactory = _ => TimeSpan.FromDays(7),
    }.AsLength(TimeSpan.FromMinutes(1));

    /// <inheritdoc />
    public string Name => "analyze";

    /// <inheritdoc />
    public string Description => "Report what is wrong with a mesh in Kubernetes, or will be: authorities, roots, issuer, policies, mutual TLS";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters =>
        [.. _clusters.All, _issuer, _mesh, _threshold, _level, _rootWindow, _intermediateWindow, .. _socket.All];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (!_clusters.TryOpen(arguments, output, clock, out var opened))
        {
            return ExitCode.Usage;
        }

        using (opened)
        {
            var mesh = arguments.GetValue(_mesh) is { } file
                ? new PolicyText(file, await File.ReadAllBytesAsync(file, cancellationToken))
                : null;
            var views = new List<ClusterView>();
            foreach (var (name, api) in opened.Clusters)
            {
                var view = await new ClusterViewReader(api, name, _clusters.RootNamespace(arguments)).ReadAsync(cancellationToken);
                if (view.Gaps.Count > 0 && view.Namespaces.Count == 0)
                {
                    output.Fail($"cluster `{name}` cannot be read: {view.Gaps[0].Reason}");
                    return view.Gaps[0].IsForbidden ? ExitCode.Refused : ExitCode.Unavailable;
                }

                views.Add(mesh is null ? view : view with { MeshSettings = mesh });
            }

            return await ReportAsync(arguments, output, views, cancellationToken);
        }
    }

    private async Task<ExitCode> ReportAsync(
        ParseResult arguments, AdminOutput output, IReadOnlyList<ClusterView> clusters, CancellationToken cancellationToken)
    {
        var issuer = arguments.GetValue(_issuer) is { } url ? await IssuerReader.ReadAsync(url, cancellationToken) : null;
        if (_socket.IsGiven(arguments))
        {
            IReadOnlyList<ViewedAuthority> authorities = [];
            IReadOnlyList<string> trustDomains = [];
            var code = await _socket.CallAsync(
                arguments,
                output,
                async (channel, options) =>
                {
                    var list = await new Wire.Admin.Authorities.AuthoritiesClient(channel).ListAsync(new ListAuthoritiesRequest(), options);
                    authorities = [.. list.Authorities.Where(authority => authority.NotAfter is not null).Select(authority => new ViewedAuthority(
                        authority.Id, authority.Kind == "root", authority.State, authority.NotAfter.ToDateTimeOffset()))];
                    trustDomains = [.. list.TrustDomains];
                    return ExitCode.Ok;
                },
                cancellationToken);
            if (code != ExitCode.Ok)
            {
                return code;
            }

            issuer = (issuer ?? new IssuerView { Address = "administration" }) with { Authorities = authorities, TrustDomains = trustDomains };
        }

        var findings = MeshAnalysis.Analyze(new(clusters, issuer, clock.GetUtcNow())
        {
            RootWindow = arguments.GetValue(_rootWindow),
            IntermediateWindow = arguments.GetValue(_intermediateWindow),
        });
        var shown = findings.Where(finding => finding.Severity <= (arguments.GetValue(_level) ?? Severity.Info)).Select(FindingReport.Of).ToList();
        output.Write(shown, MeshJson.Default.IReadOnlyListFindingReport, Render);
        return findings.Any(finding => finding.Severity <= arguments.GetValue(_threshold)) ? ExitCode.Invalid : ExitCode.Ok;
    }

    private static IRenderable Render(IReadOnlyList<FindingReport> findings) => findings.Count == 0
        ? new Text("nothing is wrong, as far as it shows\n")
        : AdminTables.Of(
            ["code", "level", "cluster", "object", "what", "remedy"],
            findings,
            finding => [finding.Code, finding.Level, finding.Cluster, finding.Object, finding.Message, finding.Remedy]);
}
