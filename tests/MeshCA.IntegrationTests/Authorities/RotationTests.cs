using System.Collections.Concurrent;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace MeshCA.IntegrationTests.Authorities;

/// <summary>Intermediates and serving certificates change under load (appendix B item 8).</summary>
public sealed class RotationTests
{
    private const int WantedSigners = 3;

    [Fact]
    public async Task Every_answer_is_consistent_and_no_call_fails_while_signers_and_serving_certificates_change()
    {
        await using var mesh = await TestMesh.StartAsync(
            ("Authorities:IntermediateLifetime", "00:00:10"), ("Authorities:RootLifetime", "01:00:00"),
            ("Issuance:MaxLifetime", "00:00:05"), ("Issuance:DefaultLifetime", "00:00:05"), ("Issuance:AuthorityFloor", "00:00:01"),
            ("Serving:Lifetime", "00:00:10"), ("Limits:IdentityBurst", "1000000"), ("Limits:IdentityRatePerSecond", "1000000"));
        var signers = new ConcurrentDictionary<string, bool>();
        var serving = new ConcurrentDictionary<string, bool>();
        var faults = new ConcurrentBag<string>();
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var held = mesh.Connect();
        await Task.WhenAll(AskOnAsync(held, "held"), AskOnAsync(held, "held-too"), ReconnectAsync());

        Assert.Empty(faults);
        Assert.True(signers.Count >= WantedSigners, $"{signers.Count} signers");
        Assert.True(serving.Count >= WantedSigners, $"{serving.Count} serving certificates");
        Assert.Equal(1, held.Handshakes);

        bool IsEnough() => enough.IsCancellationRequested || (signers.Count >= WantedSigners && serving.Count >= WantedSigners);

        async Task AskOnAsync(MeshClient client, string account)
        {
            while (!IsEnough())
            {
                Judge(await client.AskAsync(mesh.Home.Token(account)));
            }
        }

        async Task ReconnectAsync()
        {
            while (!IsEnough())
            {
                using var client = mesh.Connect();
                Judge(await client.AskAsync(mesh.Home.Token("reconnecting")));
                serving[client.Shown!.SerialNumber] = true;
            }
        }

        void Judge(CsrAnswer answer)
        {
            signers[answer.Middle[0].SerialNumber] = true;
            if (answer.FindFault(answer.NotBefore.AddMinutes(2)) is { Length: > 0 } fault)
            {
                faults.Add(fault);
            }
        }
    }
}
