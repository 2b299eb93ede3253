using System.CommandLine;
using System.Net.Http;

namespace MeshCA.Admin;

/// <summary><c>meshca bundle show</c>: the published roots, without which no client can trust the server.</summary>
internal sealed class BundleShowVerb : IAdminVerb
{
    private const int MaxBytes = 1 << 20;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly Option<Uri> _url = new Option<Uri>("--url", "-u")
    {
        Description = "HTTP port of the server",
        DefaultValueFactory = _ => new Uri("http://127.0.0.1:15014"),
    }.AsUrl(Uri.UriSchemeHttp, Uri.UriSchemeHttps);

    // Of its own name space: the answer is a document in either form, so table and json do not apply.
    private readonly Option<string> _form = new("--output", "-o")
    {
        Description = "Form of the bundle: pem, or spiffe (a SPIFFE bundle document, JSON)",
        DefaultValueFactory = _ => "pem",
    };

    public BundleShowVerb() => _form.AcceptOnlyFromAmong("pem", "spiffe");

    /// <inheritdoc />
    public string Name => "bundle show";

    /// <inheritdoc />
    public string Description => "Print the trust bundle";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_url, _form];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = Timeout, MaxResponseContentBufferSize = MaxBytes };
        var path = arguments.GetRequiredValue(_form) == "spiffe" ? "/bundle.json" : "/bundle.pem";
        try
        {
            var text = await client.GetStringAsync(new Uri(arguments.GetRequiredValue(_url), path), cancellationToken);
            await output.Console.Out.WriteAsync(text.AsMemory(), cancellationToken);
            return ExitCode.Ok;
        }
        catch (HttpRequestException e)
        {
            output.Fail(e.Message);
            return ExitCode.Unavailable;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            output.Fail($"no answer within {Timeout.TotalSeconds} s");
            return ExitCode.Unavailable;
        }
    }
}
