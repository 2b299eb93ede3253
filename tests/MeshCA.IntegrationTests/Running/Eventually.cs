namespace MeshCA.IntegrationTests.Running;

/// <summary>Waits for what a background part of the service, or another process, brings about.</summary>
internal static class Eventually
{
    // Only so that a broken build fails instead of hanging.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until a condition holds.</summary>
    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    /// <summary>Waits until a condition holds.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? patience = null)
    {
        var end = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(end) > (patience ?? Patience))
            {
                throw new TimeoutException($"{what} did not come about in {patience ?? Patience}");
            }

            await Task.Delay(Pause);
        }
    }
}
