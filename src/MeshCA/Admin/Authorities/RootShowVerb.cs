using System.CommandLine;
using System.Security.Cryptography;
using MeshCA.Wire.Admin;
using Spectre.Console;

namespace MeshCA.Admin.Authorities;

/// <summary><c>meshca root show</c>: one authority, with its certificate.</summary>
internal sealed class RootShowVerb : IAdminVerb
{
    private readonly AdminSocketParameters _socket = new();
    private readonly Argument<string> _id = new("id") { Description = "The authority's id, or the beginning of it" };
    private readonly Option<bool> _pem = new("--pem") { Description = "Print the certificate in PEM and nothing else" };

    /// <inheritdoc />
    public string Name => "root show";

    /// <inheritdoc />
    public string Description => "Show one authority";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_id, _pem, .. _socket.All];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _socket.CallAsync(
        arguments,
        output,
        async (channel, options) =>
        {
            var id = arguments.GetRequiredValue(_id);
            var list = await new Wire.Admin.Authorities.AuthoritiesClient(channel).ListAsync(new ListAuthoritiesRequest(), options);
            var found = list.Authorities.Where(a => a.Id == id) is var exact && exact.Any()
                ? exact.ToList()
                : [.. list.Authorities.Where(a => a.Id.StartsWith(id, StringComparison.Ordinal))];
            if (found is not [var authority])
            {
                output.Fail(found.Count == 0 ? $"there is no authority `{id}`" : $"`{id}` begins the ids of {found.Count} authorities");
                return ExitCode.Refused;
            }

            var pem = PemEncoding.WriteString(
                authority.Kind switch
                {
                    "request" => "CERTIFICATE REQUEST",
                    "jwt_key" => "PUBLIC KEY",
                    _ => "CERTIFICATE",
                },
                authority.Der.Span);
            if (arguments.GetValue(_pem))
            {
                await output.Console.Out.WriteLineAsync(pem);
                return ExitCode.Ok;
            }

            output.Write(AuthorityReport.Of(authority), AuthorityJson.Default.AuthorityReport, report => new Rows(
                new Text($"id           {report.Id}"),
                new Text($"kind         {report.Kind}"),
                new Text($"state        {report.State} since {Times.Text(report.StateSince)}"),
                new Text($"tainted      {Times.Text(report.Tainted)}"),
                new Text($"issuer       {(report.Issuer == report.Id ? "itself" : report.Issuer)}"),
                new Text($"created      {Times.Text(report.Created)}"),
                new Text($"valid until  {Times.Text(report.NotAfter)}"),
                new Text($"private key  {(report.HasKey ? "sealed in the store" : "not here")}"),
                new Text(pem)));
            return ExitCode.Ok;
        },
        cancellationToken);
}
