using System.CommandLine;
using System.Diagnostics;
using System.IO;
using MeshCA.Admin.Inspection;

namespace MeshCA.Admin;

/// <summary><c>meshca cert inspect FILE|-</c>: what certificates say. It verifies nothing.</summary>
/// <param name="clock">Tells whether they are valid now.</param>
internal sealed class CertInspectVerb(TimeProvider clock) : IAdminVerb
{
    private readonly Argument<string> _file = new("FILE") { Description = "File with certificates in PEM, or one in DER; `-` is standard input" };

    /// <inheritdoc />
    public string Name => "cert inspect";

    /// <inheritdoc />
    public string Description => "Show what certificates say, without verifying them";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_file];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var file = arguments.GetRequiredValue(_file);
        await using var stream = file == "-" ? output.Console.OpenInput() : File.OpenRead(file);
        var content = await ReadAsync(stream, cancellationToken);
        if (!CertificateInspector.TryInspect(content.Span, clock.GetUtcNow(), out var reports, out var error))
        {
            output.Fail($"`{file}`: {Describe(error)}");
            return ExitCode.Invalid;
        }

        output.Write(reports, CertificateReportJson.Default.IReadOnlyListCertificateReport, CertificateTable.Render);
        return ExitCode.Ok;
    }

    // One byte above the limit is enough to know that there are too many.
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[CertificateBlocks.MaxBytes + 1];

        // Reading from a terminal or pipe blocks its thread and hears no token; the wait must end all the same.
        var length = await Task.Run(
                () => stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false), cancellationToken)
            .WaitAsync(cancellationToken);
        return buffer.AsMemory(0, length);
    }

    private static string Describe(CertificateInputError error) => error switch
    {
        CertificateInputError.TooLarge => $"more than {CertificateBlocks.MaxBytes} bytes",
        CertificateInputError.TooMany => $"more than {CertificateBlocks.MaxCertificates} certificates",
        CertificateInputError.NoCertificate => "no certificate in it",
        CertificateInputError.MalformedPem => "a PEM block is broken",
        CertificateInputError.MalformedCertificate => "a block is not the DER of a certificate",
        _ => throw new UnreachableException(),
    };
}
