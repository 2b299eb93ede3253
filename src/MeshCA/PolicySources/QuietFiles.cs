using MeshCA.Policies;
using MeshCA.Storage;

namespace MeshCA.PolicySources;

/// <summary>Holds back what files newly hold until nobody writes to them any more. One caller at a time.</summary>
/// <remarks>
/// A file that is half written often reads well: its last DENY policy may just not be there yet. So a new content counts once
/// it was the same in looks that are a quiet time apart, the file unchanged meanwhile, and nobody is known to have it open for
/// writing. The same holds for a file that is gone: some editors remove it first.
/// </remarks>
/// <param name="quiet">The quiet time.</param>
/// <param name="earlier">Contents that an earlier run took; they need no second look.</param>
/// <param name="clock">The clock.</param>
internal sealed class QuietFiles(TimeSpan quiet, IEnumerable<SourceText> earlier, TimeProvider clock)
{
    private const int Patience = 10; // quiet times

    private readonly HashSet<SourceText> _earlier = [.. earlier];
    private readonly Dictionary<string, Seen> _files = new(StringComparer.Ordinal);

    /// <summary>Whether some file is not quiet yet, and the whole look had better not count. It ends even if the file never is.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>Whether another look after the quiet time may find more.</summary>
    public bool WantsLook { get; private set; }

    /// <summary>Begins a look at all files.</summary>
    public void Begin() => (IsWaiting, WantsLook) = (false, false);

    /// <summary>Judges one file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="reading">What reading it gave.</param>
    /// <returns>The same, or a failure while it is not quiet.</returns>
    public FileReading Judge(string path, FileReading reading)
    {
        var seen = _files.TryGetValue(path, out var known) ? known : _files[path] = new();
        seen.IsGone = false;
        if (reading is not FileReading.Read read)
        {
            return reading;
        }

        if (read.Text.Equals(seen.Accepted) || (seen.Accepted is null && _earlier.Contains(read.Text)))
        {
            seen.Accept(read.Text);
            return reading;
        }

        var now = clock.GetTimestamp();
        seen.Note(read, now);
        if (!read.IsBeingWritten && clock.GetElapsedTime(seen.QuietSince, now) >= quiet)
        {
            seen.Accept(read.Text);
            return reading;
        }

        var isPatient = clock.GetElapsedTime(seen.NewSince, now) < Patience * quiet;
        IsWaiting |= isPatient;
        WantsLook |= isPatient || !read.IsBeingWritten;
        return new FileReading.Failed("it is still being written");
    }

    /// <summary>Judges the absence of files.</summary>
    /// <param name="isListed">Whether a file is where it was, or nobody can tell.</param>
    public void JudgeAbsent(Predicate<string> isListed)
    {
        foreach (var (path, seen) in _files.Where(file => !isListed(file.Key)).ToList())
        {
            var now = clock.GetTimestamp();
            seen.Gone(now);
            if (seen.Accepted is null || clock.GetElapsedTime(seen.QuietSince, now) >= quiet)
            {
                _files.Remove(path);
            }
            else
            {
                (IsWaiting, WantsLook) = (true, true);
            }
        }
    }

    // What is known of one file.
    private sealed class Seen
    {
        private SourceText? _text;
        private FileStamp _stamp;
        private bool _isNew;

        /// <summary>The content that counts; null before the first.</summary>
        public SourceText? Accepted { get; private set; }

        /// <summary>Whether it was not there at the last look.</summary>
        public bool IsGone { get; set; }

        /// <summary>When the present content, or absence, was seen first.</summary>
        public long QuietSince { get; private set; }

        /// <summary>When something else than what counts was seen first.</summary>
        public long NewSince { get; private set; }

        public void Accept(SourceText text) => (Accepted, _text, _isNew) = (text, null, false);

        public void Note(FileReading.Read read, long now)
        {
            if (read.IsBeingWritten || !read.Text.Equals(_text) || read.Stamp != _stamp)
            {
                (_text, _stamp, QuietSince) = (read.Text, read.Stamp, now);
            }

            NewSince = _isNew ? NewSince : now;
            _isNew = true;
        }

        public void Gone(long now)
        {
            QuietSince = IsGone ? QuietSince : now;
            (IsGone, _text) = (true, null);
        }
    }
}
