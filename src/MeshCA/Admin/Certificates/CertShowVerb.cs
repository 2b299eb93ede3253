using System.CommandLine;
using MeshCA.Wire.Admin;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Certificates;

/// <summary><c>meshca cert show</c>: all that a running service recorded of one certificate.</summary>
internal sealed class CertShowVerb : IAdminVerb
{
    private readonly AdminSocketParameters _service = new();
    private readonly Argument<string> _serial = new("SERIAL") { Description = "The serial number, hexadecimal" };

    /// <inheritdoc />
    public string Name => "cert show";

    /// <inheritdoc />
    public string Description => "Show what a running service recorded of one certificate: who proved what, and where it went";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_serial, .. _service.All];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _service.CallAsync(
        arguments,
        output,
        async (channel, options) =>
        {
            var request = new ShowCertificateRequest { Serial = arguments.GetRequiredValue(_serial) };
            var row = CertificateRow.Of(await new Wire.Admin.Certificates.CertificatesClient(channel).ShowAsync(request, options));
            output.Write(row, CertificatesJson.Default.CertificateRow, Render);
            return ExitCode.Ok;
        },
        cancellationToken);

    private static IRenderable Render(CertificateRow row)
    {
        var grid = new Grid().AddColumn().AddColumn();
        foreach (var (name, value) in row.Lines())
        {
            grid.AddRow(name, Markup.Escape(AdminOutput.Printable(value)));
        }

        return grid;
    }
}
