using System.CommandLine;
using System.Text.Json.Serialization;
using MeshCA.Authentication.Development;
using MeshCA.Authentication.Tokens;
using MeshCA.Configuration;

namespace MeshCA.Admin;

/// <summary><c>meshca token mint</c>: a token of the development issuer, which only <c>serve --dev</c> accepts.</summary>
internal sealed class TokenMintVerb(TimeProvider clock) : IAdminVerb
{
    private readonly Option<string> _data = new("--data", "-d")
    {
        Description = "Directory of the development server's store",
        DefaultValueFactory = _ => "meshca-dev",
    };

    private readonly Option<string> _namespace = new("--namespace", "-n")
    {
        Description = "Kubernetes namespace of the workload",
        DefaultValueFactory = _ => "default",
    };

    private readonly Option<string> _account = new("--service-account", "-a")
    {
        Description = "Service account of the workload",
        Required = true,
    };

    private readonly Option<string> _audience = new("--audience")
    {
        Description = "Audience of the token",
        DefaultValueFactory = _ => TokenIssuerOptions.DefaultAudience,
    };

    private readonly Option<TimeSpan> _lifetime = new Option<TimeSpan>("--lifetime")
    {
        Description = "How long the token is valid, as [d.]hh:mm:ss",
        DefaultValueFactory = _ => TimeSpan.FromHours(12),
    }.AsLength(TimeSpan.FromSeconds(1));

    private readonly Option<string> _pod = new("--pod") { Description = "Name of the pod the token is bound to" };

    /// <inheritdoc />
    public string Name => "token mint";

    /// <inheritdoc />
    public string Description => "Mint a token of the development issuer";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_data, _namespace, _account, _audience, _lifetime, _pod];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) =>
        Task.FromResult(Run(arguments, output));

    private ExitCode Run(ParseResult arguments, AdminOutput output)
    {
        var (ns, name) = (arguments.GetRequiredValue(_namespace), arguments.GetRequiredValue(_account));
        if (!ServiceAccount.TryCreate(ns, name, out var account))
        {
            output.Fail($"`{ns}/{name}` is no service account");
            return ExitCode.Usage;
        }

        var directory = arguments.GetRequiredValue(_data);
        if (!DevTokenIssuer.TryOpen(directory, clock, out var issuer))
        {
            output.Fail($"`{directory}` has no development issuer: start `meshca serve --dev --data {directory}` first");
            return ExitCode.Failure;
        }

        using (issuer)
        {
            var token = issuer.Mint(new DevToken
            {
                Account = account,
                Audience = arguments.GetRequiredValue(_audience),
                Lifetime = arguments.GetValue(_lifetime),
                PodName = arguments.GetValue(_pod),
            });
            output.WriteLine(new MintedToken(token), MintedTokenJson.Default.MintedToken, minted => minted.Token);
        }

        return ExitCode.Ok;
    }
}

/// <summary>What <c>meshca token mint</c> prints.</summary>
internal sealed class MintedToken(string token)
{
    /// <summary>The token. A class and not a record, so that no log prints it by accident.</summary>
    public string Token { get; } = token;
}

/// <summary>JSON of <see cref="MintedToken"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(MintedToken))]
internal sealed partial class MintedTokenJson : JsonSerializerContext;
