using Grpc.Core;
using MeshCA.Admin;
using MeshCA.Tests.Rpc.Administration;
using MeshCA.Wire.Admin;
using Xunit;

namespace MeshCA.Tests.Admin.Tokens;

/// <summary><c>meshca jwt rotate</c> against services that are older than it.</summary>
public sealed class JwtRotateVerbTests
{
    [Theory]
    [InlineData("--dry-run")]
    [InlineData("--force", "--reason", "a drill")]
    public async Task A_service_that_cannot_tell_how_its_keys_stand_is_ordered_nothing(params string[] arguments)
    {
        var old = new OldAuthorities();
        await using var host = await AdministrationHost.StartAsync(old);
        var result = await Cli.CallAsync(["jwt", "rotate", "--socket", host.Socket, .. arguments]);
        result.Ends(ExitCode.Unsupported).Says("older than this command");
        Assert.Equal(0, old.Ordered);
    }

    // Two replicas, one of them older, behind one address.
    [Theory]
    [InlineData(false, "the order was done")]
    [InlineData(true, "the order was refused")]
    public async Task An_answer_without_the_keys_is_told_with_what_became_of_the_order(bool isRefused, string says)
    {
        var old = new OldAuthorities { Knows = true, Refuses = isRefused };
        await using var host = await AdministrationHost.StartAsync(old);
        (await Cli.CallAsync("jwt", "rotate", "--socket", host.Socket)).Ends(ExitCode.Unsupported).Says(says);
        Assert.Equal(1, old.Ordered);
    }

    private sealed class OldAuthorities : Wire.Admin.Authorities.AuthoritiesBase
    {
        public bool Knows { get; init; }

        public bool Refuses { get; init; }

        public int Ordered { get; private set; }

        public override Task<JwtKeyRotation> GetJwtKeyRotation(GetJwtKeyRotationRequest request, ServerCallContext context) => Knows
            ? Task.FromResult(new JwtKeyRotation { Fleet = new(), Measured = new() })
            : base.GetJwtKeyRotation(request, context);

        public override Task<OrderResponse> RotateJwtKey(StepRequest request, ServerCallContext context)
        {
            Ordered++;
            return Task.FromResult(new OrderResponse { Rotation = new() { Fleet = new(), Measured = new() }, Refusal = Refuses ? new() : null });
        }
    }
}
