namespace SpiffeIdentity.WorkloadApi.Tests.Fakes;

/// <summary>Waits for what other threads do; a test that never sees it fails by its own message.</summary>
internal static class Eventually
{
    public static Task HoldsAsync(Func<bool> condition) => HoldsAsync(() => Task.FromResult(condition()));

    public static async Task HoldsAsync(Func<Task<bool>> condition)
    {
        for (var attempt = 0; attempt < 3000; attempt++)
        {
            if (await condition())
            {
                return;
            }

            await Task.Delay(10);
        }

        throw new TimeoutException("what was waited for did not happen");
    }
}
