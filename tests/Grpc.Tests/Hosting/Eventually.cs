namespace Grpc.Tests.Hosting;

/// <summary>Waits for what another thread brings about.</summary>
public static class Eventually
{
    // Only so that a broken build fails instead of hanging.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task TrueAsync(Func<bool> condition)
    {
        using var end = new CancellationTokenSource(Patience);
        while (!condition())
        {
            await Task.Delay(5, end.Token);
        }
    }
}
