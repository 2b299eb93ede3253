using System.IO;
using System.Net;
using System.Net.Http;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using MeshCA.Admin;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Admin;
using MeshCA.Wire.Decision.V1;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Revoking;

/// <summary>Revocation lists as they are served, read by openssl: another implementation of RFC 5280.</summary>
public sealed class RevocationListTests
{
    [Fact]
    public async Task The_lists_cover_every_authority_before_anything_is_revoked_and_openssl_accepts_them()
    {
        using var home = new RevocationHome();
        await using var mesh = await home.StartAsync();
        var (client, answer) = await mesh.EnrolAsync();
        client.Dispose();
        Assert.Equal("", await VerifyAsync(home, mesh, answer));

        var text = await OpenSsl.RunAsync(await mesh.GetAsync("/crl.pem"), ["crl", "-noout", "-text"]);
        Assert.Contains("Version 2", text, StringComparison.Ordinal);
        Assert.Contains("X509v3 CRL Number", text, StringComparison.Ordinal);
        Assert.Contains("No Revoked Certificates", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Issuing Distribution Point", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revoked_leaf_is_refused_by_openssl_and_renews_no_more_and_is_denied()
    {
        using var home = new RevocationHome(TestPolicies.Of("", "shop/cart"));
        await using var mesh = await home.StartAsync();
        var (client, answer) = await mesh.EnrolAsync();
        using var proxy = client;
        var (other, unharmed) = await mesh.EnrolAsync();
        other.Dispose();
        Assert.True((await proxy.Decisions.DecideAsync(Ask(answer.Leaf))).Decision.Allowed);

        var (code, output) = await home.RunAsync(
            "cert", "revoke", answer.Leaf.SerialNumber, "--code", "KeyCompromise", "--reason", "stolen", "--output", "json");
        Assert.Equal((ExitCode.Ok, true), (code, output.Contains("\"named\": 1", StringComparison.Ordinal)));
        Assert.Contains("\"publishedAfterMs\": ", output, StringComparison.Ordinal);

        Assert.Contains("certificate revoked", await VerifyAsync(home, mesh, answer), StringComparison.Ordinal);
        Assert.Equal("", await VerifyAsync(home, mesh, unharmed));
        Assert.Equal(StatusCode.Unauthenticated, (await proxy.RefusalOfAsync(new Ask())).StatusCode);
        var decided = (await proxy.Decisions.DecideAsync(Ask(unharmed.Leaf))).Decision;
        Assert.StartsWith("the proxy that asks, 1: certificate ", decided.Ban, StringComparison.Ordinal);
        using var sound = (await mesh.EnrolAsync()).Client;
        Assert.Equal("banned", (await sound.Decisions.DecideAsync(Ask(answer.Leaf))).Decision.Reason);
        var question = Question.Http("shop/cart");
        question.Attributes.Source.Certificate = Uri.EscapeDataString(answer.Leaf.ExportCertificatePem());
        Assert.Equal((int)StatusCode.PermissionDenied, (await sound.Authorization.CheckAsync(question)).Status.Code);

        Assert.Equal(ExitCode.Refused, (await home.RunAsync("cert", "reinstate", "1")).Code);
        var list = (await home.RunAsync("cert", "revoked")).Output;
        Assert.Contains("stolen", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revoked_intermediate_is_on_the_roots_list_and_issuing_goes_on_with_another_at_once()
    {
        using var home = new RevocationHome();
        await using var mesh = await home.StartAsync();
        var (client, answer) = await mesh.EnrolAsync();
        client.Dispose();
        var id = answer.Middle[0].Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifier!;
        using var revoker = new Revoker(home.Socket);
        Assert.Equal(
            StatusCode.FailedPrecondition, await Revoker.RefusalAsync(() => revoker.RevokeAsync(new() { Authority = id })));
        var done = await revoker.RevokeAsync(new() { Authority = id, Force = true, Code = Code.AuthorityCompromise });
        Assert.Equal((1, 1, 0), (done.Named, done.LiveCertificates, done.Faults.Count));
        Assert.Contains("certificate revoked", await VerifyAsync(home, mesh, answer), StringComparison.Ordinal);
        var (renewed, next) = await mesh.EnrolAsync();
        renewed.Dispose();
        Assert.NotEqual(id, next.Middle[0].Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifier);

        // Its list was there before it signed: who checks every certificate of the chain accepts the first leaf.
        Assert.Equal("", await VerifyAsync(home, mesh, next));
    }

    [Fact]
    public async Task A_list_that_is_known_is_not_sent_again_until_it_changes()
    {
        using var home = new RevocationHome();
        await using var mesh = await home.StartAsync();
        var (client, answer) = await mesh.EnrolAsync();
        client.Dispose();
        var authority = answer.Middle[0].Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifier!.ToLowerInvariant();
        foreach (var path in (string[])["/crl.pem", $"/crl/{authority}.crl"])
        {
            using var first = await mesh.Http.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
            Assert.InRange(first.Headers.CacheControl!.MaxAge!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(1));
            Assert.NotNull(first.Content.Headers.LastModified);
            Assert.Equal(HttpStatusCode.NotModified, await AgainAsync(mesh, path, first));
        }

        using var before = await mesh.Http.GetAsync("/crl.pem");
        using var revoker = new Revoker(home.Socket);
        await revoker.RevokeAsync(new() { Serial = answer.Leaf.SerialNumber });
        Assert.Equal(HttpStatusCode.OK, await AgainAsync(mesh, "/crl.pem", before));
        using var unknown = await mesh.Http.GetAsync("/crl/00.crl");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var der = await mesh.Http.GetAsync($"/crl/{authority}.crl");
        Assert.Equal("application/pkix-crl", der.Content.Headers.ContentType!.MediaType);
        await File.WriteAllBytesAsync(home.Home.File("one.crl"), await der.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        Assert.Contains(
            answer.Leaf.SerialNumber, await OpenSsl.RunAsync("crl", "-inform", "DER", "-in", home.Home.File("one.crl"), "-noout", "-text"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leaves_name_the_place_of_the_list_where_that_is_set()
    {
        using var home = new RevocationHome(null, ("Revocation:DistributionUrl", "http://ca.example:15014/crl/"));
        await using var mesh = await home.StartAsync();
        var (client, answer) = await mesh.EnrolAsync();
        client.Dispose();
        var text = await OpenSsl.RunAsync(answer.Leaf.ExportCertificatePem(), ["x509", "-noout", "-ext", "crlDistributionPoints"]);
        var authority = answer.Middle[0].Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifier!.ToLowerInvariant();
        Assert.Contains($"URI:http://ca.example:15014/crl/{authority}.crl", text, StringComparison.Ordinal);
        Assert.Contains("BEGIN X509 CRL", await OpenSsl.RunAsync("crl", "-inform", "DER", "-in", await SaveAsync(home, mesh, authority)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Numbers_of_lists_only_grow_over_restarts()
    {
        using var home = new RevocationHome();
        var mesh = await home.StartAsync();
        var first = await NumbersAsync(home);
        await mesh.CloseAsync();
        mesh = await home.StartAsync();
        Assert.Equal(first, await NumbersAsync(home));
        var (client, answer) = await mesh.EnrolAsync();
        client.Dispose();
        using (var revoker = new Revoker(home.Socket))
        {
            await revoker.RevokeAsync(new() { Serial = answer.Leaf.SerialNumber });
        }

        var second = await NumbersAsync(home);
        Assert.True(second.Max() > first.Max());
        await mesh.CloseAsync();
        await using var last = await home.StartAsync();
        Assert.Equal(second, await NumbersAsync(home));
    }

    private static async Task<List<long>> NumbersAsync(RevocationHome home)
    {
        using var revoker = new Revoker(home.Socket);
        var answer = await revoker.Client.ListRevocationsAsync(new());
        return [.. answer.Lists.Select(list => long.Parse(list.Number, System.Globalization.CultureInfo.InvariantCulture))];
    }

    private static async Task<string> SaveAsync(RevocationHome home, TestMesh mesh, string authority)
    {
        var path = home.Home.File("saved.crl");
        await File.WriteAllBytesAsync(path, await mesh.Http.GetByteArrayAsync($"/crl/{authority}.crl"), TestContext.Current.CancellationToken);
        return path;
    }

    private static async Task<HttpStatusCode> AgainAsync(TestMesh mesh, string path, HttpResponseMessage first)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await mesh.Http.SendAsync(request);
        return second.StatusCode;
    }

    // As Envoy does: every certificate of the chain is held against its issuer's list.
    private static async Task<string> VerifyAsync(RevocationHome home, TestMesh mesh, CsrAnswer answer)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(home.Home.File("lists.pem"), await mesh.GetAsync("/crl.pem"), cancellation);
        await File.WriteAllTextAsync(home.Home.File("roots.pem"), answer.Elements[^1], cancellation);
        await File.WriteAllTextAsync(home.Home.File("middle.pem"), answer.IntermediatesPem, cancellation);
        await File.WriteAllTextAsync(home.Home.File("leaf.pem"), answer.Elements[0], cancellation);
        var (code, output) = await Command.RunAsync(
            "openssl",
            "",
            [
                "verify", "-crl_check_all", "-CRLfile", home.Home.File("lists.pem"), "-CAfile", home.Home.File("roots.pem"),
                "-untrusted", home.Home.File("middle.pem"), home.Home.File("leaf.pem"),
            ]);
        return code == 0 ? "" : output;
    }

    private static DecideRequest Ask(X509Certificate2 shown) => new()
    {
        Request = new()
        {
            Http = new() { Method = "GET", Path = "/", Host = "cart" },
            SourcePrincipal = TestPolicies.IdOf("web/shop"),
            SourceCertificate = Google.Protobuf.ByteString.CopyFrom(shown.RawData),
        },
    };
}
