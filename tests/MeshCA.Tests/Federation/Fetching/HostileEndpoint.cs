using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TestSupport;

namespace MeshCA.Tests.Federation.Fetching;

/// <summary>A bundle endpoint on loopback with any certificate, which answers as a test says.</summary>
internal sealed class HostileEndpoint : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly X509Certificate2 _certificate;

    private HostileEndpoint(WebApplication app, X509Certificate2 certificate) => (_app, _certificate) = (app, certificate);

    /// <summary>What it answers.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = context => context.Response.WriteAsync("{\"keys\":[]}", context.RequestAborted);

    /// <summary>What was asked, as path and tag.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>Its certificate in PEM.</summary>
    public string CertificatePem => _certificate.ExportCertificatePem() + "\n";

    /// <summary>An endpoint that shows a leaf of an authority.</summary>
    /// <param name="issuer">Signs the leaf.</param>
    /// <param name="shape">The leaf.</param>
    /// <param name="above">What it sends after it.</param>
    public static async Task<HostileEndpoint> StartAsync(TestAuthority issuer, CertificateShape shape, params byte[][] above)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var bare = X509CertificateLoader.LoadCertificate(issuer.Sign(new PublicKey(key), shape));
        using var withKey = bare.CopyWithPrivateKey(key);
        var certificate = X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null);
        var context = SslStreamCertificateContext.Create(
            certificate, new X509Certificate2Collection(above.Select(other => X509CertificateLoader.LoadCertificate(other)).ToArray()), offline: true);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(new Microsoft.AspNetCore.Server.Kestrel.Https.TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = context }),
        })));
        var endpoint = new HostileEndpoint(builder.Build(), certificate);
        endpoint._app.Run(endpoint.AnswerAsync);
        await endpoint._app.StartAsync();
        return endpoint;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _certificate.Dispose();
    }

    private Task AnswerAsync(HttpContext context)
    {
        Asked.Enqueue($"{context.Request.Method} {context.Request.Path} {context.Request.Headers.IfNoneMatch}".TrimEnd());
        return Answer(context);
    }
}
