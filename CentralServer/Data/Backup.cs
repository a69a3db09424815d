using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BrightKitchen.CentralServer.Storage;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Data;

/// <summary>
/// A complete copy of a server in one file: a snapshot of the database, its schema version, the keys, then the evidence and pictures, and
/// last a list with the digest of each file. All files that the database refers to are included, because stored files are never changed.
/// The database is not migrated by a backup with a newer program.
/// </summary>
/// <param name="data">The server's data folder, which contains the keys with SQLite.</param>
internal sealed class Backup(CentralDb db, IObjectStore store, string data)
{
    private const string ListName = "list.json";
    private const string DatabaseName = "database";
    private const string SchemaName = "schema";
    private const string KeysFolder = "keys";
    private static readonly string[] Folders = ["evidence", "pictures", "pictures-as-sent"];

    /// <returns>The number of files in the backup.</returns>
    public async Task<int> WriteAsync(string file, CancellationToken cancel)
    {
        var list = new Dictionary<string, string>();
        var (growing, snapshot) = (file + ".part", file + ".database");
        try
        {
            await using (var into = new FileStream(growing, FileMode.Create, FileAccess.ReadWrite, FileShare.None))
            {
                // The backup contains personal data: no other user of this machine may read it.
                if (!OperatingSystem.IsWindows())
                    File.SetUnixFileMode(growing, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                await using var tar = new TarWriter(into, leaveOpen: true);
                await SnapshotAsync(snapshot, cancel);
                await using (var content = File.OpenRead(snapshot))
                    await PutAsync(tar, list, DatabaseName, content, cancel);
                await using (var schema = new MemoryStream(Encoding.UTF8.GetBytes(await SchemaAsync(cancel))))
                    await PutAsync(tar, list, SchemaName, schema, cancel);
                foreach (
                    var key in Directory.Exists(Path.Combine(data, KeysFolder)) ? Directory.GetFiles(Path.Combine(data, KeysFolder)) : []
                )
                {
                    await using var content = File.OpenRead(key);
                    await PutAsync(tar, list, $"{KeysFolder}/{Path.GetFileName(key)}", content, cancel);
                }

                foreach (var folder in Folders)
                {
                    await foreach (var key in store.KeysAsync(folder, cancel))
                    {
                        // Incomplete uploads left by an older server are skipped: the edge agents send them again.
                        if (
                            key.EndsWith(".part", StringComparison.Ordinal)
                            || key.EndsWith(".refused", StringComparison.Ordinal)
                            || await store.OpenAsync(key, cancel) is not { } opened
                        )
                            continue;
                        await using var content = opened;
                        await PutAsync(tar, list, key, content, cancel);
                    }
                }

                using var text = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(list));
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, ListName) { DataStream = text }, cancel);
                await tar.DisposeAsync();
                into.Flush(flushToDisk: true);
            }

            File.Move(growing, file, overwrite: true);
            return list.Count;
        }
        finally
        {
            File.Delete(growing);
            File.Delete(snapshot);
        }
    }

    /// <summary>Restores into an empty server; the whole file is verified before anything is written.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, from a newer program or another kind of database, or the server is not
    /// empty; nothing was changed.</exception>
    public async Task<int> RestoreAsync(string file, CancellationToken cancel)
    {
        if (await IsThereAsync(cancel))
            throw new InvalidDataException("a database already exists; restore into an empty folder (--Data) or an empty database");
        // SQLite replays a log that it finds beside a database, whatever database it was written for.
        if (!db.Database.IsNpgsql() && Directory.Exists(data) && Directory.GetFiles(data, DatabaseName + "-*") is [var left, ..])
            throw new InvalidDataException(
                $"'{left}' belongs to the previous database; move it away together with that database, or restore into an empty "
                    + "folder (--Data)"
            );
        var list = await CheckAsync(file, cancel);
        await CheckSchemaAsync(file, cancel);
        var arriving = Path.Combine(data, "arriving");
        Directory.CreateDirectory(arriving);
        var database = "";
        await foreach (var (name, content) in EntriesAsync(file, cancel))
        {
            var path = Path.Combine(arriving, $"{Guid.NewGuid():N}.part");
            await using (var into = new FileStream(path, FileMode.CreateNew, FileAccess.Write))
            {
                await content.CopyToAsync(into, cancel);
                into.Flush(flushToDisk: true);
            }

            if (name == SchemaName)
            {
                File.Delete(path);
            }
            else if (name.StartsWith(KeysFolder + "/", StringComparison.Ordinal))
            {
                Directory.CreateDirectory(Path.Combine(data, KeysFolder));
                File.Move(path, Path.Combine(data, KeysFolder, Path.GetFileName(name)), overwrite: true);
            }
            else if (name == DatabaseName)
            {
                database = path;
            }
            else
            {
                await store.StoreAsync(path, name, cancel);
            }
        }

        // The database comes last, so that an interrupted restore, for example on a full disk, can be repeated.
        await RestoreDatabaseAsync(database, cancel);
        return list.Count;
    }

    private async Task<bool> IsThereAsync(CancellationToken cancel) =>
        db.Database.IsNpgsql()
            ? await db
                .Database.SqlQuery<int>($"SELECT count(*)::int AS \"Value\" FROM information_schema.tables WHERE table_schema = 'public'")
                .SingleAsync(cancel) > 0
            : File.Exists(SqliteFile);

    // The newest applied migration.
    private async Task<string> SchemaAsync(CancellationToken cancel) =>
        (await db.Database.GetAppliedMigrationsAsync(cancel)).LastOrDefault()
        ?? throw new InvalidDataException("no database of this program was found; check --Data and ConnectionStrings:Postgres");

    // A backup older than the schema entry has none, and cannot be newer than this program.
    private async Task CheckSchemaAsync(string file, CancellationToken cancel)
    {
        await foreach (var (name, content) in EntriesAsync(file, cancel))
        {
            if (name == DatabaseName)
            {
                var head = new byte[15];
                await content.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancel);
                if (head.AsSpan().SequenceEqual("SQLite format 3"u8) == db.Database.IsNpgsql())
                    throw new InvalidDataException(
                        $"the backup was made with {(db.Database.IsNpgsql() ? "SQLite" : "PostgreSQL")}; restore "
                            + $"it {(db.Database.IsNpgsql() ? "without" : "with")} ConnectionStrings:Postgres"
                    );
            }
            else if (name == SchemaName)
            {
                using var reader = new StreamReader(content, Encoding.UTF8);
                var schema = await reader.ReadToEndAsync(cancel);
                if (string.CompareOrdinal(schema, db.Database.GetMigrations().First()) < 0)
                    throw new InvalidDataException(
                        $"the backup's schema {schema} is older than the first release; restore it with release 311dfee, start that once "
                            + "and create a new backup"
                    );
                if (!db.Database.GetMigrations().Contains(schema) && !SquashedHistory.Holds(schema))
                    throw new InvalidDataException(
                        $"the backup's schema {schema} is not known to this program, which is older; "
                            + "restore it with the version that created it, or a newer one"
                    );
            }
        }
    }

    private string SqliteFile => Path.Combine(data, "central.db");

    private async Task SnapshotAsync(string path, CancellationToken cancel)
    {
        // Created empty with restricted permissions before anything is written to it.
        await File.WriteAllBytesAsync(path, [], cancel);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (db.Database.IsNpgsql())
            await PostgresProgram.RunAsync("pg_dump", db.Database.GetConnectionString()!, ["--format=custom", $"--file={path}"], cancel);
        else
            await db.Database.ExecuteSqlAsync($"VACUUM INTO {path}", cancel);
    }

    private async Task RestoreDatabaseAsync(string path, CancellationToken cancel)
    {
        if (!db.Database.IsNpgsql())
        {
            File.Move(path, SqliteFile);
            return;
        }

        await PostgresProgram.RunAsync(
            "pg_restore",
            db.Database.GetConnectionString()!,
            [
                "--no-owner",
                "--exit-on-error",
                "--single-transaction",
                "--dbname",
                PostgresProgram.DatabaseOf(db.Database.GetConnectionString()!),
                path,
            ],
            cancel
        );
        File.Delete(path);
    }

    private static async Task PutAsync(
        TarWriter tar,
        Dictionary<string, string> list,
        string name,
        Stream content,
        CancellationToken cancel
    )
    {
        list[name] = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancel));
        content.Position = 0;
        await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content }, cancel);
    }

    private static async Task<Dictionary<string, string>> CheckAsync(string file, CancellationToken cancel)
    {
        Dictionary<string, string>? list = null;
        var found = new Dictionary<string, string>();
        try
        {
            await using var from = File.OpenRead(file);
            await using var tar = new TarReader(from);
            while (await tar.GetNextEntryAsync(cancellationToken: cancel) is { } entry)
            {
                if (
                    entry is not { EntryType: TarEntryType.RegularFile, DataStream: { } content }
                    || entry.Name.Split('/').Any(p => p is "" or "." or "..")
                    || entry.Name.Contains('\\')
                )
                    throw new InvalidDataException($"{entry.Name} does not belong in a backup");
                if (entry.Name == ListName)
                    list = await JsonSerializer.DeserializeAsync<Dictionary<string, string>>(content, cancellationToken: cancel);
                else
                    found[entry.Name] = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancel));
            }
        }
        catch (Exception e)
            when (e is EndOfStreamException or JsonException or FormatException || (e is IOException && e is not FileNotFoundException))
        {
            throw new InvalidDataException($"the file is incomplete or damaged ({e.Message})", e);
        }

        if (
            list is null
            || list.Count != found.Count
            || list.FirstOrDefault(l => found.GetValueOrDefault(l.Key) != l.Value) is { Key: not null }
            || !found.ContainsKey(DatabaseName)
        )
        {
            var wrong = list is null ? ListName : list.FirstOrDefault(l => found.GetValueOrDefault(l.Key) != l.Value).Key;
            throw new InvalidDataException($"the file is incomplete or damaged: {wrong ?? DatabaseName} is missing or altered");
        }

        if (
            found.Keys.FirstOrDefault(k =>
                k is not (DatabaseName or SchemaName)
                && !k.StartsWith(KeysFolder + "/", StringComparison.Ordinal)
                && !Folders.Any(f => k.StartsWith(f + "/", StringComparison.Ordinal))
            ) is
            { } unexpected
        )
            throw new InvalidDataException($"{unexpected} does not belong in a backup");
        return list;
    }

    private static async IAsyncEnumerable<(string Name, Stream Content)> EntriesAsync(
        string file,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel
    )
    {
        await using var from = File.OpenRead(file);
        await using var tar = new TarReader(from);
        while (await tar.GetNextEntryAsync(cancellationToken: cancel) is { } entry)
        {
            if (entry.Name != ListName)
                yield return (entry.Name, entry.DataStream ?? Stream.Null);
        }
    }
}
