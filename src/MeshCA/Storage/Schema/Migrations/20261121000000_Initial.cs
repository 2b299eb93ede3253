using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MeshCA.Storage.Schema.Migrations
{
    internal sealed partial class Initial : Migration
    {
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "audit_events",
                columns: table => new
                {
                    seq = table.Column<long>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false),
                    time_us = table.Column<long>(type: "INTEGER", nullable: false),
                    action = table.Column<string>(type: "TEXT", nullable: false),
                    actor = table.Column<string>(type: "TEXT", nullable: false),
                    target = table.Column<string>(type: "TEXT", nullable: false),
                    outcome = table.Column<string>(type: "TEXT", nullable: false),
                    detail = table.Column<string>(type: "TEXT", nullable: false),
                    hash = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit_events", x => x.seq);
                });

            migrationBuilder.CreateTable(
                name: "authorities",
                columns: table => new
                {
                    ordinal = table.Column<long>(type: "INTEGER", nullable: false),
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    kind = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<long>(type: "INTEGER", nullable: false),
                    issuer = table.Column<string>(type: "TEXT", nullable: false),
                    certificate = table.Column<byte[]>(type: "BLOB", nullable: false),
                    sealed_key = table.Column<byte[]>(type: "BLOB", nullable: true),
                    created_us = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_authorities", x => x.ordinal);
                });

            migrationBuilder.CreateTable(
                name: "checkpoints",
                columns: table => new
                {
                    number = table.Column<long>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false),
                    time_us = table.Column<long>(type: "INTEGER", nullable: false),
                    reason = table.Column<long>(type: "INTEGER", nullable: false),
                    first_number = table.Column<long>(type: "INTEGER", nullable: false),
                    previous = table.Column<byte[]>(type: "BLOB", nullable: false),
                    journal_seq = table.Column<long>(type: "INTEGER", nullable: false),
                    journal_hash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    audit_seq = table.Column<long>(type: "INTEGER", nullable: false),
                    audit_hash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    gaps_hash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    key = table.Column<byte[]>(type: "BLOB", nullable: false),
                    signature = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_checkpoints", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "gaps",
                columns: table => new
                {
                    chain = table.Column<long>(type: "INTEGER", nullable: false),
                    first_seq = table.Column<long>(type: "INTEGER", nullable: false),
                    last_seq = table.Column<long>(type: "INTEGER", nullable: false),
                    hash = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_gaps", x => new { x.chain, x.first_seq });
                });

            migrationBuilder.CreateTable(
                name: "journal",
                columns: table => new
                {
                    seq = table.Column<long>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false),
                    kind = table.Column<long>(type: "INTEGER", nullable: false),
                    serial = table.Column<byte[]>(type: "BLOB", nullable: false),
                    subject = table.Column<string>(type: "TEXT", nullable: true),
                    subject_tag = table.Column<long>(type: "INTEGER", nullable: false),
                    certificate = table.Column<byte[]>(type: "BLOB", nullable: false),
                    key = table.Column<byte[]>(type: "BLOB", nullable: false),
                    not_before_s = table.Column<long>(type: "INTEGER", nullable: false),
                    not_after_s = table.Column<long>(type: "INTEGER", nullable: false),
                    requested_us = table.Column<long>(type: "INTEGER", nullable: false),
                    authority = table.Column<string>(type: "TEXT", nullable: false),
                    authenticator = table.Column<string>(type: "TEXT", nullable: true),
                    token_us = table.Column<long>(type: "INTEGER", nullable: true),
                    token_id = table.Column<string>(type: "TEXT", nullable: true),
                    cluster = table.Column<string>(type: "TEXT", nullable: true),
                    pod_name = table.Column<string>(type: "TEXT", nullable: true),
                    pod_uid = table.Column<string>(type: "TEXT", nullable: true),
                    node_name = table.Column<string>(type: "TEXT", nullable: true),
                    bundle_sequence = table.Column<long>(type: "INTEGER", nullable: false),
                    peer = table.Column<string>(type: "TEXT", nullable: true),
                    issued_us = table.Column<long>(type: "INTEGER", nullable: false),
                    hash = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_journal", x => x.seq);
                });

            migrationBuilder.CreateTable(
                name: "meta",
                columns: table => new
                {
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    value = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_meta", x => x.name);
                });

            migrationBuilder.CreateIndex(
                name: "audit_time",
                table: "audit_events",
                column: "time_us");

            migrationBuilder.CreateIndex(
                name: "authorities_id",
                table: "authorities",
                column: "id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "journal_serial",
                table: "journal",
                columns: new[] { "not_before_s", "serial" });

            migrationBuilder.CreateIndex(
                name: "journal_time",
                table: "journal",
                columns: new[] { "issued_us", "subject_tag" });
        }

        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "audit_events");

            migrationBuilder.DropTable(
                name: "authorities");

            migrationBuilder.DropTable(
                name: "checkpoints");

            migrationBuilder.DropTable(
                name: "gaps");

            migrationBuilder.DropTable(
                name: "journal");

            migrationBuilder.DropTable(
                name: "meta");
        }
    }
}
